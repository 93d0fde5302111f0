"""Looking up the bytes of pages."""

import tempfile
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic import pages
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.pages import find_pages
from shopcart_assets.traffic.spool import Spool


def _file(path: Path, **html: bytes | None) -> Path:
    pl.DataFrame(
        {"page_id": list(html), "url": [f"/{name}" for name in html], "html": list(html.values())},
        schema_overrides={"html": pl.Binary()},
    ).write_parquet(path)
    return path


def _find(page_ids: pl.Series, files: list[Path]) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as scratch:
        spool = Spool(Path(scratch), table("traffic.pages").schema())
        find_pages(page_ids, files, spool)
        return spool.collect()


def test_the_first_file_with_the_bytes_counts_and_what_none_has_is_left_out(tmp_path: Path) -> None:
    files = [_file(tmp_path / "1", a=b"first", b=None), _file(tmp_path / "2", a=b"second", b=b"b", unasked=b"x")]
    found = _find(pl.Series(["b", "a", None, "a", "never"]), files)
    assert found.select("page_id", "html").rows() == [("a", b"first"), ("b", b"b")]


def test_files_behind_the_last_missing_page_are_not_opened(tmp_path: Path) -> None:
    assert _find(pl.Series(["a"]), [_file(tmp_path / "1", a=b"x"), tmp_path / "not there"]).height == 1


def test_no_files_is_no_pages() -> None:
    assert _find(pl.Series(["a"]), []).is_empty()


def test_a_file_that_is_no_page_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"PAR1")
    pl.DataFrame({"page_id": ["a"]}).write_parquet(tmp_path / "short")
    for name in ("broken", "short"):
        with pytest.raises(DropError, match=f"{name} cannot be read as pages"):
            _find(pl.Series(["a"]), [tmp_path / name])


def test_a_page_is_raw_unless_its_file_says_context(tmp_path: Path) -> None:
    old, new = _file(tmp_path / "old", a=b"x"), _file(tmp_path / "new", b=b"y", c=b"z")
    pl.read_parquet(new).with_columns(format=pl.Series(["context", None], dtype=pl.String())).write_parquet(new)
    found = _find(pl.Series(["a", "b", "c"]), [old, new])
    assert found.select("page_id", "format").rows() == [("a", "raw"), ("b", "context"), ("c", "raw")]
    pl.read_parquet(old).with_columns(format=pl.lit("pdf")).write_parquet(old)
    with pytest.raises(DropError, match="format 'pdf': known are raw and context"):
        _find(pl.Series(["a"]), [old])


def test_a_file_is_read_some_pages_at_a_time_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = {f"p{n}": b"x" * n or None for n in range(9)}
    files = [_file(tmp_path / "1", **html), _file(tmp_path / "2", p0=b"later", p3=b"not this")]
    wanted = pl.Series([f"p{n}" for n in (0, 3, 4, 8)])
    whole = _find(wanted, files)
    assert whole["html"].to_list() == [b"xxx", b"xxxx", b"xxxxxxxx", b"later"]
    monkeypatch.setattr(pages, "_PAGES_AT_ONCE", 2)
    assert _find(wanted, files).equals(whole)
