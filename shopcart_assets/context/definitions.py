"""What the context stage adds to the code location."""

from shopcart_assets.context import assets
from shopcart_assets.context.checks import CHECKS

ASSETS = [assets.simplified]

__all__ = ["ASSETS", "CHECKS"]
