"""What brings batches home: a sensor that asks for a day's responses again when its batch has ended. What is done then is the assets'."""

import time

import dagster as dg

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.automation import bring_home
from shopcart_assets.platform.llm.arrivals import Arrival
from shopcart_assets.reasoning.arrivals import arrived

COLLECT = dg.define_asset_job(
    "collect",
    dg.AssetSelection.assets(["reasoning", "responses"], ["reasoning", "rationales"], ["reasoning", "quarantine"]),
    description="Collects the answers of a day's batches, and makes rationales of them.",
    executor_def=dg.in_process_executor,
)

_DESCRIPTION = """Asks for a run of `collect` for each day and generator whose batch has ended at the server, or was lost by a killed run.

On by default: it collects what was paid for. It sends what the day still lacks, retries of rejected rationales above all, within the
generator's budget."""


@dg.sensor(
    job=COLLECT,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_DESCRIPTION,
)
def answered_batches(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the batches under way."""
    return bring_home(context, arrived(platform.warehouse, platform.settings), _ask)


def _ask(arrival: Arrival) -> dg.RunRequest:
    return dg.RunRequest(arrival.run_key(time.time()), partition_key=str(dg.MultiPartitionKey(arrival.partition)))
