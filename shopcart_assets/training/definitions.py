"""What the training stage adds to the code location."""

from shopcart_assets.training.assets import ASSETS
from shopcart_assets.training.checks import CHECKS

__all__ = ["ASSETS", "CHECKS"]
