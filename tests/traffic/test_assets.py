"""The stage as Dagster runs it: sample drop, consent, days, checks."""

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.assets import consent, delivery, sample_drop, withdrawn
from shopcart_assets.traffic.checks import CHECKS
from tests.traffic.conftest import MakeDrop, event

DAYS = ("2026-09-01", "2026-09-02")
RANGE = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[1]}


def _tables(platform: Platform) -> list[pl.DataFrame]:
    return [
        platform.warehouse.read(f"traffic.{name}") for name in ("events", "pages", "sessions", "quarantine", "intake")
    ]


def test_the_sample_shop_runs_through_and_every_check_speaks(platform: Platform) -> None:
    made = dg.materialize([sample_drop, consent, CHECKS[0]], resources={"platform": platform})
    metadata = made.asset_materializations_for_node("traffic__sample_drop")[0].metadata
    assert metadata["is_new"].value is True and metadata["n_days"].value == 2
    asked = made.asset_materializations_for_node("traffic__consent")[0].metadata
    assert asked["n_users_granted"].value and asked["n_users_withdrawn"].value and asked["n_unknown_words"].value
    assert asked["n_statements_consent_file"].value == platform.warehouse.read("traffic.consent").height
    result = dg.materialize([delivery, withdrawn, *CHECKS[1:]], tags=RANGE, resources={"platform": platform})
    assert result.success
    spoken = {
        f"{check.asset_key.to_user_string()}:{check.check_name}": check.passed
        for check in (*made.get_asset_check_evaluations(), *result.get_asset_check_evaluations())
    }
    assert len(spoken) == len(CHECKS)
    assert [name for name, passed in spoken.items() if not passed] == ["traffic/pages:pages_are_delivered"]
    facts = result.asset_materializations_for_node("delivery")
    told = {(one.asset_key.path[-1], one.partition): one.metadata for one in facts if one.asset_key}
    for day in DAYS:
        read = {
            name: platform.warehouse.read(f"traffic.{name}", day=day) for name in ("sessions", "intake", "quarantine")
        }
        assert told["sessions", day]["n_sessions"].value == read["sessions"].height
        share = read["quarantine"].height / read["intake"].filter(fate="read")["n_events"].sum()
        assert told["quarantine", day]["share_quarantined"].value == pytest.approx(share) and share < 0.05
    assert platform.warehouse.read("traffic.quarantine").height
    first = _tables(platform)
    assert [frame["day"].n_unique() for frame in first] == [2, 2, 2, 1, 2]
    dg.materialize([delivery], tags=RANGE, resources={"platform": platform})
    assert all(before.equals(after) for before, after in zip(first, _tables(platform), strict=True))


def test_who_withdraws_is_listed_with_the_days_to_build_again(platform: Platform, make_drop: MakeDrop) -> None:
    def materialize(day: str) -> list[tuple[str, list[str]]]:
        dg.materialize([consent, delivery, withdrawn], partition_key=day, resources={"platform": platform})
        return platform.warehouse.read("traffic.withdrawals").select("user_id", "days_to_rebuild").rows()

    search = event("1", f"{DAYS[0]}T10:00:00Z", "submit")
    drops.register(platform.settings.state, make_drop({DAYS[0]: [search]}))
    assert materialize(DAYS[0]) == []
    later = [event("2", f"{DAYS[1]}T10:00:00Z", "consent_withdrawn")]
    drops.register(platform.settings.state, make_drop({DAYS[1]: later}, name="later"))
    assert materialize(DAYS[1]) == [("a", [DAYS[0]])]
    assert materialize(DAYS[0]) == [("a", [])]
    assert platform.warehouse.read("traffic.sessions", day=DAYS[0])["refusal"].to_list() == ["no_consent_withdrawn"]


def test_a_day_that_nobody_delivered_fails_with_what_to_do(platform: Platform) -> None:
    platform.warehouse.write("traffic.consent", TABLES["traffic.consent"].empty())
    with pytest.raises(ValueError, match="run `shopcart ingest DROP`"):
        dg.materialize([delivery], partition_key="2026-05-05", resources={"platform": platform})
