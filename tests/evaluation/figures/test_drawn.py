"""The figures of a lake: each draws its policies in the session explorer's colours."""

from collections.abc import Callable

import pytest

from shopcart_assets.evaluation.figures import drawn
from shopcart_assets.platform.drawing.svg import Figure
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import cases_of, filled, measure, one_refresh, verdicts

POLICIES = ["always_terminate", "markov_2", "model"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("judged")
    warehouse = Warehouse(open_lake(str(folder / "lake"), folder), folder / "lake" / "warehouse.duckdb")
    rows = verdicts(POLICIES, n_sessions=8, n_users=4)
    with one_refresh(warehouse):
        warehouse.write("dataset.cases", cases_of(rows).drop("day"), day="2026-09-01")
        for (policy,), own in rows.group_by("policy"):
            warehouse.write("evaluation.verdicts", filled("evaluation.verdicts", own), policy=str(policy))
        measure(warehouse)
    return warehouse


@pytest.mark.parametrize("draw", [drawn.accuracy, drawn.mix, drawn.errors, drawn.by_step])
def test_each_policy_is_drawn_in_its_colour(judged: Warehouse, draw: Callable[[Warehouse], Figure]) -> None:
    look, figure = drawn.every_look(judged), draw(judged)
    assert list(look) == POLICIES and all(f'"{one.colour}"' in figure.body for one in look.values())
    assert draw(judged).document() == figure.document()
