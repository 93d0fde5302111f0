"""Days whose tables say otherwise than consent does now."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.drops import days
from shopcart_assets.traffic.rejudge import is_judged_otherwise, version
from tests.traffic.conftest import EVERYBODY, MakeDrop, event

DAY = "2026-10-01"
ROWS = [
    event("e1", f"{DAY}T10:00:00Z", "submit", "a", value="tea"),
    event("e2", f"{DAY}T11:00:00Z", "click", "a"),
    event("e3", f"{DAY}T10:00:00Z", "submit", "n", value="tea"),
    '{"user_id": "c", "torn',
]


def _history(drop: Path, more: str) -> pl.DataFrame:
    (drop / "consent.csv").write_text(EVERYBODY + more)
    return consent_history([drop])


@pytest.fixture
def drop(make_drop: MakeDrop, warehouse: Warehouse, tmp_path: Path) -> Path:
    """A drop whose day is built: one session of `a` admitted, one of `n` without consent, a quarantined row of `c`."""
    drop = make_drop({DAY: ROWS})
    built = build_day([drop], DAY, consent_history([drop]), TrafficConfig(), tmp_path / "scratch")
    warehouse.write("traffic.sessions", built.sessions, day=DAY)
    warehouse.write("traffic.quarantine", built.quarantine.scan(), day=DAY)
    assert built.sessions["refusal"].to_list() == [None, "no_consent_unset"]
    return drop


@pytest.mark.parametrize(
    ("more", "is_otherwise"),
    [
        ("", False),
        ("b,withdrawn,2026-10-09T00:00:00Z,test\n", False),
        ("n,unset,2026-01-01T00:00:00Z,test\n", False),
        ("a,granted,2026-10-09T00:00:00Z,test\n", False),
        ("a,expired,2026-10-09T00:00:00Z,test\n", False),
        ("a,withdrawn,2026-10-09T00:00:00Z,test\n", True),
        ("a,expired,2026-10-01T10:30:00Z,test\n", True),
        ("n,granted,2026-01-01T00:00:00Z,test\n", True),
        ("n,denied,2026-01-01T00:00:00Z,test\n", True),
        ("c,withdrawn,2026-10-09T00:00:00Z,test\n", True),
    ],
)
def test_a_day_is_judged_otherwise_when_a_session_or_a_raw_row_is(
    drop: Path, warehouse: Warehouse, more: str, is_otherwise: bool
) -> None:
    assert is_judged_otherwise(warehouse, DAY, _history(drop, more)) == is_otherwise


def test_days_of_the_sample_shop_are_judged_as_they_were_built(
    sample: Path, warehouse: Warehouse, tmp_path: Path
) -> None:
    history = consent_history([sample])
    for day in days(sample):
        built = build_day([sample], day, history, TrafficConfig(), tmp_path / "scratch")
        warehouse.write("traffic.sessions", built.sessions, day=day)
        warehouse.write("traffic.quarantine", built.quarantine.scan(), day=day)
        assert not is_judged_otherwise(warehouse, day, history)
        assert is_judged_otherwise(warehouse, day, history.clear())


def test_a_day_that_was_not_built_is_not_judged_otherwise(drop: Path, warehouse: Warehouse) -> None:
    assert not is_judged_otherwise(warehouse, "2026-10-02", consent_history([drop]))


def test_a_version_is_that_of_the_content(drop: Path) -> None:
    assert version(_history(drop, "")) == version(_history(drop, ""))
    assert version(_history(drop, "")) != version(_history(drop, "n,granted,2026-01-01T00:00:00Z,test\n"))
