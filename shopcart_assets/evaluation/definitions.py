"""What the evaluation stage adds to the code location."""

from shopcart_assets.evaluation import assets
from shopcart_assets.evaluation.automation import SCHEDULES
from shopcart_assets.evaluation.automation import SENSORS as OF_POLICY
from shopcart_assets.evaluation.checks import CHECKS
from shopcart_assets.evaluation.metrics import assets as metrics
from shopcart_assets.evaluation.metrics.automation import SENSORS as OF_ALL
from shopcart_assets.evaluation.story.assets import story

OF_POLICIES = [
    assets.predictions,
    assets.likelihoods,
    assets.verdicts,
    assets.found_policies,
    assets.responses,
    assets.round_verdicts,
    assets.samples,
]
METRICS = [
    metrics.added_up,
    metrics.likelihoods_added_up,
    metrics.known_policies,
    metrics.student_t,
    metrics.bootstrap,
    metrics.human_floor,
    metrics.comparisons,
    metrics.arms,
    metrics.accuracy,
    metrics.accuracy_by_step,
    metrics.accuracy_by_human_type,
    metrics.accuracy_by_site,
    metrics.outcomes,
    metrics.opera_outcomes,
    metrics.errors,
    metrics.mix,
    metrics.transitions,
    metrics.divergence,
    metrics.leaderboard,
    metrics.pass_at_k,
    metrics.ranking,
    metrics.calibration,
    metrics.calibration_scores,
    story,
]
ASSETS = [*OF_POLICIES, *METRICS]
SENSORS = [*OF_POLICY, *OF_ALL]

__all__ = ["ASSETS", "CHECKS", "SCHEDULES", "SENSORS"]
