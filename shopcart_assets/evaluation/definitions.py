"""What the evaluation stage adds to the code location."""

from shopcart_assets.evaluation import assets
from shopcart_assets.evaluation.automation import SCHEDULES, SENSORS
from shopcart_assets.evaluation.checks import CHECKS

ASSETS = [
    assets.predictions,
    assets.verdicts,
    assets.comparisons,
    assets.found_policies,
    assets.responses,
    assets.round_verdicts,
    assets.known_policies,
    assets.student_t,
    assets.added_up,
    assets.bootstrap,
    assets.human_floor,
    assets.accuracy,
    assets.accuracy_by_step,
    assets.accuracy_by_human_type,
    assets.accuracy_by_site,
    assets.outcomes,
    assets.errors,
    assets.mix,
    assets.transitions,
    assets.divergence,
    assets.leaderboard,
]

__all__ = ["ASSETS", "CHECKS", "SCHEDULES", "SENSORS"]
