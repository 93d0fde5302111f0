"""What the privacy stage adds to the graph."""

from shopcart_assets.privacy.assets import scrubbed
from shopcart_assets.privacy.checks import CHECKS

ASSETS = [scrubbed]

__all__ = ["ASSETS", "CHECKS"]
