"""What the dataset stage adds to the code location."""

from shopcart_assets.dataset import assets
from shopcart_assets.dataset.checks import CHECKS

ASSETS = [assets.benchmark, assets.conversations_reasoning]

__all__ = ["ASSETS", "CHECKS"]
