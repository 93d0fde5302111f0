"""On a drop with every fault at a known place, counts by reason and places are exact, and building again changes nothing."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from tests.traffic.conftest import fates
from tests.traffic.planted import DAYS, places, plant, write


@pytest.mark.parametrize(("seed", "n_files"), [(1, 1), (2, 2), (3, 2)])
def test_every_row_has_the_fate_that_was_planted(tmp_path: Path, seed: int, n_files: int) -> None:
    planted = plant(seed)
    drop = write(planted, tmp_path / "drop", seed, n_files)
    history = consent_history([drop])
    refused, missing = [], set()
    for day in DAYS:
        built = build_day([drop], day, history, TrafficConfig(), tmp_path / "scratch")
        assert fates(built.intake) == planted.expected(day), day
        quarantine, events = built.quarantine.collect(), built.events.collect()
        refused += [(day, *row) for row in quarantine.select("file", "line", "reason").iter_rows()]
        missing |= set(events["page_id"].drop_nulls()) - set(built.pages.collect()["page_id"])
    assert missing == planted.missing_pages
    expected, found = set(places(planted, drop, n_files)), set(refused)
    # Of an event that came twice on one day, either row may be the second: the order of delivery was shuffled.
    assert {one for one in expected if "duplicate" not in one[3]} == {one for one in found if "duplicate" not in one[3]}
    assert len(expected) == len(found) == len(refused)


def test_sessions_are_admitted_or_refused_by_rule(tmp_path: Path) -> None:
    drop = write(plant(4), tmp_path / "drop", 4)
    history = consent_history([drop])
    days = [build_day([drop], day, history, TrafficConfig(), tmp_path / "scratch") for day in DAYS]
    sessions = pl.concat([built.sessions for built in days])
    assert sessions.select(pl.struct("user_id", "session_id").is_unique()).to_series().all()
    refusals = set(sessions["refusal"].drop_nulls())
    assert refusals == {
        *(f"no_consent_{status}" for status in ("denied", "unset", "expired", "withdrawn")),
        "starts_without_submit",
        "mixed_users",
        "no_events",
    }
    ends = sessions.filter("is_admitted").group_by("end_rule").len()
    assert set(ends["end_rule"]) == {"closed", "gap", "purchase"}
