"""Deliveries that change while they are read, and files that are cut off: nothing is taken for whole that is not."""

import datetime as dt
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.lake import LakeError
from shopcart_assets.platform.profiles import TrafficConfig, tiny
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic import consent_events, delivered, drops, pages
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.consent_spool import spooled
from shopcart_assets.traffic.day import Day, build_day
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.sample_shop.drop import write_drop

DAY = "2026-09-01"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    return write_drop(tiny().shop, tmp_path / "drop")


def build(drop: Path, scratch: Path) -> Day:
    return build_day([drop], DAY, consent_history([drop]), TrafficConfig(), scratch)


def more(path: Path) -> None:
    """As a recorder that is still writing."""
    with path.open("ab") as file:
        file.write(b'{"event_id": "late", "user_id": "u1", "ti')


def going(path: Path) -> None:
    path.unlink()


def again(path: Path) -> None:
    """As an upload that puts another file in its place."""
    aside = path.with_suffix(".new")
    aside.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    aside.replace(path)


@pytest.mark.parametrize("change", [more, going, again])
@pytest.mark.parametrize("name", ["events.jsonl", "pages.parquet"])
def test_a_drop_that_changes_while_it_is_read_is_refused_until_it_is_whole(
    name: str, change: Callable[[Path], None], drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, whole = drop / DAY / name, (drop / DAY / name).read_bytes()
    expected = build(drop, tmp_path / "scratch")
    history = consent_history([drop])
    module, opener = (delivered, "_open") if name == "events.jsonl" else (pages, "_scan")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(module, opener, _changing(getattr(module, opener), path, change))
        with pytest.raises(DropError, match=rf"{name} (changed|went) while it was read: run again when"):
            build_day([drop], DAY, history, TrafficConfig(), tmp_path / "other")
    path.write_bytes(whole)
    now = build(drop, tmp_path / "third")
    assert now.events.collect().equals(expected.events.collect()) and now.intake.equals(expected.intake)
    assert now.pages.collect().sort("page_id").equals(expected.pages.collect().sort("page_id"))


def _changing(
    opened: Callable[..., Iterator[object]], path: Path, change: Callable[[Path], None]
) -> Callable[..., object]:
    """The opener, with whose result the file of this path has changed once."""

    def read(file: drops.EventFile | Path) -> object:
        found = opened(file)
        if (file if isinstance(file, Path) else file.path) != path:
            return found
        rows = found if isinstance(file, Path) else iter(list(found))
        change(path)
        return rows

    return read


def test_what_a_changing_file_says_of_consent_is_not_kept(
    drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = consent_events.read_statements

    def reading(path: Path, *rest: Any) -> Iterator[pl.DataFrame]:
        yield from read(path, *rest)
        more(path)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(consent_events, "read_statements", reading)
        with pytest.raises(DropError, match="changed while it was read"):
            spooled([drop], dt.timedelta(hours=24), tmp_path / "spool")
    assert [one for one in (tmp_path / "spool").iterdir() if one.is_dir() and one.suffix != ".part"] == []


def test_torn_lines_are_counted_and_kept_and_torn_archives_refused(drop: Path, tmp_path: Path) -> None:
    path = drop / DAY / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    fates = dict(build(drop, tmp_path / "scratch").intake.rows())
    assert fates["read"] == sum(1 for line in whole.split(b"\n") if line.strip()) and fates["refused_not_json"] >= 1
    assert fates.pop("read") == sum(fates.values())
    path.unlink()
    (drop / DAY / "events.jsonl.gz").write_bytes(gzip.compress(whole)[:-500])
    with pytest.raises(DropError, match=r"events.jsonl.gz is cut off or damaged \(EOFError\): deliver it again"):
        build(drop, tmp_path / "scratch")


def test_a_torn_list_of_drops_says_what_to_do(drop: Path, tmp_path: Path) -> None:
    drops.register(tmp_path, drop)
    assert drops.registered(tmp_path) == [drop]
    for text in ("", '["/da', "{}x"):
        (tmp_path / "drops.json").write_text(text)
        with pytest.raises(DropError, match=r"drops.json is not the list of drops: delete it and run"):
            drops.registered(tmp_path)


@pytest.mark.parametrize("n_bytes", [0, 100, -10])
def test_a_torn_partition_is_named_and_can_be_made_again(n_bytes: int, warehouse: Warehouse) -> None:
    rows = pl.DataFrame({"fate": [f"ignored_{i}" for i in range(900)], "n_events": list(range(900))})
    warehouse.write("traffic.intake", rows, day=DAY)
    path = Path(warehouse.lake.uri(f"traffic/intake/day={DAY}/part.parquet"))
    path.write_bytes(path.read_bytes()[: n_bytes or None] if n_bytes else b"")
    with pytest.raises(LakeError, match=r"part.parquet is damaged: materialize this partition of traffic.intake again"):
        warehouse.read("traffic.intake", day=DAY)
    with pytest.raises(
        LakeError, match=r"a partition of traffic.intake is damaged: materialize it again .*part.parquet"
    ):
        warehouse.views.refresh()
    warehouse.write("traffic.intake", rows, day=DAY)
    warehouse.views.refresh()
    assert warehouse.read("traffic.intake", day=DAY).height == 900
