"""What the privacy stage adds to the graph."""

from shopcart_assets.privacy.assets import erased, scrubbed
from shopcart_assets.privacy.automation import withdrawn_users
from shopcart_assets.privacy.checks import CHECKS

ASSETS = [scrubbed, erased]
SENSORS = [withdrawn_users]

__all__ = ["ASSETS", "CHECKS", "SENSORS"]
