"""A real Ray cluster of two nodes on the loopback: the bytes of one process, also where a node is killed in the middle."""

import datetime as dt
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.context.day import simplify_day
from shopcart_assets.platform import page_batches, ray_engine
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.engine import Engine, EngineError, Here, open_engine
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.day import Scrubbing
from shopcart_assets.traffic.spool import Spool
from tests.processes import eventually
from tests.ray_nodes import two_nodes

ray = pytest.importorskip("ray", reason="Ray is not installed: make install-ray")
pytestmark = pytest.mark.slow

DAY = "2026-10-01"
N_PAGES = 12
PAGE = "<title>mugs</title><p id=greeting>Hello, {name} Lee</p><ul>{goods}</ul><p>sent to {name} Lee of {name}@example.com</p>"
GOODS = "".join(f"<li><h3><a href=/p/{n} data-eid=t{n}>Mug {n}</a></h3>$5</li>" for n in range(40))


@pytest.fixture
def cluster() -> Iterator[Any]:
    with two_nodes() as started:
        yield started


def _events() -> pl.DataFrame:
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    rows = [
        {
            "event_id": f"e{n}",
            "user_id": f"u{n % 3}",
            "session_id": f"s{n % 3}",
            "timestamp": start + dt.timedelta(minutes=n),
            "event_type": "click",
            "url": "https://shop.example/s?k=mugs",
            "page_id": f"p{n:02d}",
            "target": f'{{"node_id": "t{n}"}}',
        }
        for n in range(N_PAGES)
    ]
    return pl.DataFrame(rows, schema=table("traffic.events").schema())


def _pages() -> Iterator[pl.DataFrame]:
    for n in range(N_PAGES):
        html = PAGE.format(name=("Rose", "Quillon", "Ann")[n % 3], goods=GOODS).encode()
        row = {"page_id": f"p{n:02d}", "url": "https://shop.example/s?k=mugs", "html": html, "format": "raw"}
        yield pl.DataFrame([row], schema=table("traffic.pages").schema())


def _build(folder: Path, engine: Engine, pages: Iterator[pl.DataFrame]) -> dict[str, bytes]:
    """Both stages' files of the day, as they lie in a lake."""
    warehouse = Warehouse(open_lake(str(folder), folder), folder / "warehouse.duckdb")
    frames = partial(Spool, folder / "scratch")
    scrubbed = Scrubbing(b"secret", engine, frames).over(_events(), pages)
    for name, rows in scrubbed.tables().items():
        warehouse.write(name, rows, day=DAY)
    simplified = simplify_day(warehouse.pages("privacy.pages", day=DAY), scrubbed.events, 5_500, engine, frames)
    for name, rows in simplified.tables(scrubbed.events).items():
        warehouse.write(name, rows, day=DAY)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("part.parquet"))}


def test_a_node_killed_in_the_middle_changes_no_byte(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_batches.gathered, "__defaults__", (1_000,))
    expected = _build(tmp_path / "here", Here(), _pages())
    engine = open_engine("ray", cluster.address)

    def until_the_node_dies() -> Iterator[pl.DataFrame]:
        for n, page in enumerate(_pages()):
            if n == N_PAGES // 2:
                (other,) = cluster.worker_nodes
                cluster.remove_node(other, allow_graceful=False)
            yield page

    assert _build(tmp_path / "ray", engine, until_the_node_dies()) == expected
    assert len(expected) == 10 and len(cluster.worker_nodes) == 0
    eventually(lambda: sum(node["Alive"] for node in ray.nodes()) == 1)


def test_errors_are_the_function_s_own_and_other_versions_are_refused(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine("ray", cluster.address)
    assert list(engine.map(math.factorial, range(9))) == [math.factorial(n) for n in range(9)]
    with pytest.raises(ValueError, match=r"^factorial\(\) not defined for negative values$"):
        list(engine.map(math.factorial, [1, -1]))
    monkeypatch.setattr(ray_engine, "versions", lambda: {"polars": "0.1"})
    with pytest.raises(EngineError, match=r"a Ray node has polars [\d.]+ \(here 0\.1\): install the same versions"):
        list(engine.map(math.factorial, [1, 2]))


@pytest.mark.parametrize("address", ["127.0.0.4:1", "ray://127.0.0.4:1", "no address"])
def test_without_a_cluster_one_line_says_what_to_do(address: str) -> None:
    said = (
        rf"^SHOPCART_ENGINE=ray and no Ray cluster answers at {address}: start one \(`ray start --head`\), or [^\n]+$"
    )
    with pytest.raises(EngineError, match=said):
        list(open_engine("ray", address).map(math.factorial, [1]))
