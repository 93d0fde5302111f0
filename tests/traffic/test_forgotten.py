"""What a delivery holds of an erased user stays out: rows, raw rows and statements, until a new consent, and only before it."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic.consent import read_consent
from shopcart_assets.traffic.consent_spool import forget
from shopcart_assets.traffic.day import Day, build_day
from shopcart_assets.traffic.forgotten import FATE, forget_in_history
from tests.traffic.conftest import EVERYBODY, MakeDrop, event, fates

DAY = "2026-10-01"
ERASED_AT = dt.datetime(2026, 10, 1, 11, tzinfo=dt.UTC)
SKEW = dt.timedelta(hours=24)


def _journey(user_id: str, hour: int) -> list[dict[str, object]]:
    """A session: a search, a scroll, a click, and the window closed."""
    kinds = ("submit", "scroll", "click", "close")
    return [
        event(f"{user_id}{hour}{n}", f"{DAY}T{hour}:0{n}:00Z", kind, user_id, session_id=f"{user_id}-{hour}")
        for n, kind in enumerate(kinds)
    ]


@pytest.fixture
def stones(warehouse: Warehouse) -> Tombstones:
    return Tombstones(warehouse.lake, b"secret")


def _build(drop: Path, stones: Tombstones | None, tmp_path: Path) -> tuple[pl.DataFrame, Day]:
    history = read_consent([drop], SKEW, tmp_path / "spool", stones).history
    return history, build_day([drop], DAY, history, TrafficConfig(), tmp_path / "scratch", stones)


def _text(history: pl.DataFrame, built: Day) -> str:
    tables = (history, built.events.collect(), built.sessions, built.quarantine.collect(), built.intake)
    return "".join(frame.write_json() for frame in tables)


def test_nothing_of_an_erased_user_comes_in_again(make_drop: MakeDrop, stones: Tombstones, tmp_path: Path) -> None:
    torn = json.dumps(event("t", f"{DAY}T10:09:00Z", user_id="b"))[:-9]
    unnamed = '{"event_id": "u", "session_id": "b-10", "us'
    late = _journey("b", 13)  # after the erasure, without a new consent
    drop = make_drop({DAY: [*_journey("a", 10), *_journey("b", 10), torn, unnamed, *late, _journey("b", 10)[0]]})
    before = fates(_build(drop, None, tmp_path)[1].intake)
    assert (before["kept"], before.get(FATE)) == (9, None)
    stones.put("b", ERASED_AT, ERASED_AT)
    history, built = _build(drop, stones, tmp_path)
    after = fates(built.intake)
    assert (after["kept"], after[FATE]) == (3, 9)
    assert after["read"] == sum(n for fate, n in after.items() if fate != "read")
    assert built.quarantine.collect().select("reason", "raw").rows() == [("not_json", None)] * 2
    assert '"b"' not in _text(history, built) and "b-1" not in _text(history, built)
    assert history.filter(user_id=stones.key("b")).select("effective_at", "status", "source").rows() == [
        (ERASED_AT, "withdrawn", "erasure")
    ]


@pytest.mark.parametrize(("source", "kept"), [("consent_file", 3), ("event_flag", 0)])
def test_a_new_consent_opens_what_comes_after_it_and_a_recorder_s_flag_is_none(
    make_drop: MakeDrop, stones: Tombstones, tmp_path: Path, source: str, kept: int
) -> None:
    rows = [*_journey("b", 10), *_journey("b", 12), *_journey("b", 14)]
    consent = EVERYBODY + (f"b,granted,{DAY}T13:00:00Z,x\n" if source == "consent_file" else "")
    if source == "event_flag":
        rows = [row | {"consent": True} for row in rows]
    stones.put("b", ERASED_AT, None)
    _, built = _build(make_drop({DAY: rows}, consent=consent), stones, tmp_path)
    assert built.events.collect()["session_id"].unique().to_list() == ["b-14"] * bool(kept)
    assert fates(built.intake).get("kept", 0) == kept and fates(built.intake)[FATE] == 12 - 4 * bool(kept)


def test_the_spool_forgets_now_and_does_not_learn_again(
    make_drop: MakeDrop, stones: Tombstones, tmp_path: Path
) -> None:
    rows = [row | {"consent": True} for row in (*_journey("a", 10), *_journey("b", 10))]
    drop, spool = make_drop({DAY: rows}), tmp_path / "spool"
    history = _build(drop, stones, tmp_path)[0]
    stone = stones.put("b", ERASED_AT, None)

    def users() -> set[str]:
        return set(pl.read_parquet(spool / "*" / "*.parquet")["user_id"])

    assert users() == {"a", "b"}
    (spool / "killed.part").mkdir()
    assert (forget(spool, stones), forget(spool, stones), users()) == (4, 0, {"a"})
    assert not (spool / "killed.part").exists()
    (drop / DAY / "events.jsonl").write_text("\n".join(map(json.dumps, rows[::-1])))
    again = _build(drop, stones, tmp_path)[0]
    assert users() == {"a"}
    assert forget_in_history(history, "b", stone).equals(again)
    assert forget_in_history(again, "b", stone).equals(again)
    assert forget(tmp_path / "none", stones) == 0
