"""What the evaluation stage adds to the code location."""

from shopcart_assets.evaluation import assets
from shopcart_assets.evaluation.automation import JOBS, SCHEDULES, SENSORS
from shopcart_assets.evaluation.checks import CHECKS

ASSETS = [
    assets.predictions,
    assets.verdicts,
    assets.accuracy,
    assets.outcomes,
    assets.comparisons,
    assets.found_policies,
    assets.responses,
    assets.round_verdicts,
]

__all__ = ["ASSETS", "CHECKS", "JOBS", "SCHEDULES", "SENSORS"]
