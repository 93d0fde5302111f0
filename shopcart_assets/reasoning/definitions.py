"""What the reasoning stage contributes to the one Definitions object."""

from shopcart_assets.reasoning.assets import rationales
from shopcart_assets.reasoning.checks import CHECKS

ASSETS = [rationales]

__all__ = ["ASSETS", "CHECKS"]
