"""The lake on a directory and on a real S3 server."""

from pathlib import Path

import pytest

from shopcart_assets.platform.lake import Lake, LakeError, LocalLake, open_lake

KEY = "traffic/intake/day=2026-10-01/part.parquet"


@pytest.fixture(params=["local", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    url = str(tmp_path / "lake") if request.param == "local" else request.getfixturevalue("s3")
    return open_lake(url, tmp_path / "uploads")


def put(lake: Lake, key: str, text: str) -> None:
    with lake.put(key) as path:
        path.write_text(text)


def test_an_object_is_put_replaced_listed_and_deleted(lake: Lake) -> None:
    put(lake, KEY, "one")
    put(lake, KEY, "two")
    assert lake.open(KEY).read() == b"two" and lake.exists(KEY)
    assert lake.keys("traffic/intake/") == [KEY] and lake.keys("traffic/events/") == []
    lake.delete(KEY)
    lake.delete(KEY)
    assert not lake.exists(KEY)
    with pytest.raises(FileNotFoundError):
        lake.open(KEY)


def test_a_write_that_fails_leaves_the_old_object_and_no_scrap(lake: Lake, tmp_path: Path) -> None:
    put(lake, KEY, "one")
    with pytest.raises(RuntimeError, match="torn"), lake.put(KEY) as path:
        path.write_text("half")
        raise RuntimeError("torn")
    assert lake.open(KEY).read() == b"one"
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "part.parquet"] == []


def test_a_lake_url_that_cannot_be_used_says_what_can(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="use a directory, file:///path or s3://bucket/prefix"):
        open_lake("ftp://host/lake", tmp_path)
    local = open_lake(f"file://{tmp_path}/with%20space", tmp_path)
    assert isinstance(local, LocalLake) and local.root == tmp_path / "with space"


def test_what_killed_writers_left_is_swept_and_nothing_else(lake: Lake, tmp_path: Path) -> None:
    put(lake, KEY, "whole")
    writer = lake.put(KEY)  # never left: as if its process had been killed
    writer.__enter__().write_text("half")
    assert lake.sweep("traffic/") == 1 and lake.sweep("") == 0
    assert KEY in lake.keys("traffic/") and lake.open(KEY).read() == b"whole"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"half" in path.read_bytes()]
