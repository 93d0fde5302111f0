"""What the traffic stage adds to the code location."""

from shopcart_assets.traffic import assets
from shopcart_assets.traffic.automation import arrived_days, nightly_sweep, sweep_raw
from shopcart_assets.traffic.checks import CHECKS

ASSETS = [assets.sample_drop, assets.consent, assets.delivery, assets.withdrawn]
SENSORS = [arrived_days]
JOBS = [sweep_raw]
SCHEDULES = [nightly_sweep]

__all__ = ["ASSETS", "CHECKS", "JOBS", "SCHEDULES", "SENSORS"]
