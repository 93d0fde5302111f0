"""What the report stage contributes to the one Definitions object."""

from shopcart_assets.report.assets import page, published
from shopcart_assets.report.checks import CHECKS

ASSETS = [published, page]

__all__ = ["ASSETS", "CHECKS"]
