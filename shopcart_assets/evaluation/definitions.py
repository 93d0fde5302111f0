"""What the evaluation stage adds to the code location."""

from shopcart_assets.evaluation import assets
from shopcart_assets.evaluation.checks import CHECKS

ASSETS = [assets.predictions, assets.likelihoods, assets.verdicts, assets.accuracy, assets.outcomes, assets.comparisons]

__all__ = ["ASSETS", "CHECKS"]
