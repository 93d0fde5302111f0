"""One invented lake for all tests that only read."""

from pathlib import Path

import pytest

from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import fill


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two days of invented sessions up to dataset; tests must not write to it."""
    folder: Path = tmp_path_factory.mktemp("invented")
    warehouse = Warehouse(open_lake(str(folder / "lake"), folder / "uploads"), folder / "lake" / "warehouse.duckdb")
    fill(warehouse)
    return warehouse
