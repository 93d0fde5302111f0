"""What the report stage contributes to the one Definitions object."""

from shopcart_assets.report.assets import cost, deltas, page, published, table_1
from shopcart_assets.report.checks import CHECKS

ASSETS = [published, table_1, deltas, cost, page]

__all__ = ["ASSETS", "CHECKS"]
