"""Who has withdrawn is erased: a sensor that asks for the job. What is erased and how is in `erasure`."""

import datetime as dt
import hashlib

import dagster as dg

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.automation import under_way
from shopcart_assets.privacy.erasure.run import Estate, orders, withdrawn

_DESCRIPTION = """Asks for the job `erase` when a user has withdrawn, or when an erasure was ordered and not done.

Off until it is switched on (Automation, withdrawn_users). It waits until no run is under way. An erasure that failed is asked for
again when somebody else withdraws; before that, run the job by hand."""


@dg.sensor(
    job_name="erase",
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=_DESCRIPTION,
)
def withdrawn_users(context: dg.SensorEvaluationContext, platform: Platform) -> dg.RunRequest | dg.SkipReason:
    """One look at the withdrawals. Users are told by keyed hashes only."""
    estate = Estate.of(platform.settings)
    leaving = [f"{estate.tombstones.key(user)} {at}" for user, _, at in withdrawn(estate, dt.datetime.now(dt.UTC))]
    leaving += [f"{plan.stone.key} {plan.stone.erased_at}" for plan in orders(estate)]
    if not leaving:
        return dg.SkipReason("everybody who withdrew is erased")
    if others := under_way(context.instance):
        return dg.SkipReason(f"{len(leaving)} users are to be erased when {len(others)} runs have ended")
    return dg.RunRequest(run_key=hashlib.sha256("\n".join(sorted(leaving)).encode()).hexdigest()[:16])
