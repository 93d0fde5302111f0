"""What the reasoning stage contributes to the one Definitions object."""

from shopcart_assets.reasoning.assets import cost_preflight, rationales, requests, responses
from shopcart_assets.reasoning.automation import COLLECT, answered_batches
from shopcart_assets.reasoning.checks import CHECKS

ASSETS = [requests, cost_preflight, responses, rationales]
JOBS = [COLLECT]
SENSORS = [answered_batches]

__all__ = ["ASSETS", "CHECKS", "JOBS", "SENSORS"]
