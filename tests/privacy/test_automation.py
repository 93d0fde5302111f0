"""The sensor asks for erasures once, waits while runs are under way, and names nobody."""

import datetime as dt

import dagster as dg
import polars as pl

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.assets import erased
from shopcart_assets.privacy.automation import withdrawn_users
from shopcart_assets.privacy.checks import CHECKS

AT = dt.datetime(2026, 9, 2, tzinfo=dt.UTC)


def _withdraw(platform: Platform, user_id: str) -> None:
    history = pl.DataFrame([(user_id, AT, "withdrawn", "x")], table("traffic.consent").schema(), orient="row")
    rows: list[tuple[object, ...]] = [(user_id, AT, "withdrawn", 0, [])]
    platform.warehouse.write("traffic.consent", history)
    platform.warehouse.write(
        "traffic.withdrawals", pl.DataFrame(rows, table("traffic.withdrawals").schema(), orient="row")
    )


def _tick(platform: Platform, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    with dg.build_sensor_context(instance=instance, resources={"platform": platform}) as context:
        asked = withdrawn_users(context)
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked


def test_a_withdrawal_is_asked_for_until_it_is_done_and_waits_for_other_runs(platform: Platform) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _tick(platform, instance) == dg.SkipReason("everybody who withdrew is erased")
        _withdraw(platform, "ann_lee")
        asked = _tick(platform, instance)
        assert isinstance(asked, dg.RunRequest) and asked.run_key and "ann_lee" not in str(asked)
        other = instance.create_run_for_job(_nothing)
        assert _tick(platform, instance) == dg.SkipReason("1 users are to be erased when 1 runs have ended")
        refused = dg.materialize([erased], instance=instance, resources={"platform": platform}, raise_on_error=False)
        assert not refused.success
        instance.delete_run(other.run_id)
        checks = [check for check in CHECKS for key in check.check_keys if "erasure" in key.asset_key.path[1]]
        done = dg.materialize([erased, *checks], instance=instance, resources={"platform": platform})
        assert done.success and [check.passed for check in done.get_asset_check_evaluations()] == [True] * 3
        assert _tick(platform, instance) == dg.SkipReason("everybody who withdrew is erased")
    assert platform.warehouse.read("traffic.consent")["source"].to_list() == ["erasure"]


def test_nobody_to_erase_leaves_two_empty_tables(platform: Platform) -> None:
    result = dg.materialize([erased], resources={"platform": platform})
    metadata = result.asset_materializations_for_node("erased")[0].metadata
    assert result.success and metadata["dagster/row_count"].value == 0
    assert platform.warehouse.read("privacy.erasures").is_empty()


@dg.job
def _nothing() -> None:
    """A job to have runs of."""
