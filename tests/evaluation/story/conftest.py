"""What the tests of stories share: a lake with two policies judged."""

import pytest

from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.profiles import PolicyConfig
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import fill, one_refresh

POLICIES = ("always_terminate", "first_result")


@pytest.fixture
def judged(platform: Platform) -> Warehouse:
    """The lake of the test's own platform, with two policies judged."""
    warehouse = platform.warehouse
    fill(warehouse)
    with one_refresh(warehouse):
        for name in POLICIES:
            told = predict(warehouse, platform.settings, PolicyConfig(name, "baseline"), print)
            names = warehouse.read("context.elements")
            warehouse.write("evaluation.predictions", told, policy=name)
            warehouse.write("evaluation.verdicts", verdicts(told, warehouse.read("dataset.cases"), names), policy=name)
    return warehouse
