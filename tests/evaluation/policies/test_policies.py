"""Each baseline on a page that has everything, on one that has nothing, and over a whole invented lake."""

import json
from collections.abc import Sequence

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.categories import CATEGORIES, category
from shopcart_assets.evaluation.legality import illegal_reason
from shopcart_assets.evaluation.policies import REGISTRY, Case, Session, cases_of, training_sessions
from shopcart_assets.evaluation.policies.ceiling import bayes_optimal
from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import RESULTS

MUG, RED = TypeAndSubmit("search_input", "mug"), TypeAndSubmit("search_input", "red mug")
LOOK, BUY = Click("search_results.red_mug.view_product"), Click("red_mug.buy_now")
FILTER = Click("refinements.color.red")
TRAIN: Sequence[Session] = [
    (MUG, RED, LOOK, BUY),
    (MUG, RED, LOOK, Terminate()),
    (MUG, RED, FILTER, LOOK, BUY),
    (RED, LOOK, BUY),
]
SHOWN = Case(("s", 2), (MUG,), RESULTS)
PRODUCT = Case(("s", 4), (MUG, RED, LOOK), {"search_input": "searchbox", "red_mug.buy_now": "button"})
BARE = Case(("s", 3), (MUG, LOOK), {})


@pytest.mark.parametrize(
    ("name", "shown", "product"),
    [
        ("always_terminate", Terminate(), Terminate()),
        ("always_buy", Terminate(), BUY),
        ("first_result", LOOK, Terminate()),
        ("majority", RED, BUY),
        ("markov", RED, BUY),
    ],
)
def test_what_a_baseline_does(name: str, shown: object, product: object) -> None:
    policy = REGISTRY[name](TRAIN, 0)
    assert (policy(SHOWN), policy(PRODUCT), policy(BARE)) == (shown, product, Terminate())


def test_markov_backs_off_where_it_never_saw_the_last_two() -> None:
    unseen = Case(("s", 3), (FILTER, FILTER), RESULTS)
    assert REGISTRY["markov"](TRAIN, 0)(unseen) == LOOK  # after one filter, train sessions opened a product


def test_without_training_sessions_the_fitted_ones_leave() -> None:
    assert [REGISTRY[name]([], 0)(SHOWN) for name in ("majority", "markov")] == [Terminate()] * 2


def test_random_legal_is_seeded_by_case_and_reaches_every_action() -> None:
    policy, other = REGISTRY["random_legal"](TRAIN, 1), REGISTRY["random_legal"](TRAIN, 2)
    cases = [Case((f"s{i}", 2), (MUG,), RESULTS) for i in range(400)]
    answers = [policy(case) for case in cases]
    assert answers == [policy(case) for case in cases] and answers != [other(case) for case in cases]
    assert set(answers) == {Terminate(), MUG, *(Click(name) for name in RESULTS if name != "search_input")}


@pytest.mark.parametrize("name", REGISTRY)
def test_a_baseline_is_always_legal(name: str, lake: Warehouse) -> None:
    read = lake.read
    train = training_sessions(read("context.actions"), read("dataset.splits"))
    cases = list(cases_of(read("dataset.cases"), read("context.actions"), read("context.elements")))
    policy = REGISTRY[name](train, 0)
    assert len(cases) == read("dataset.cases").height > 20
    assert [case for case in cases if illegal_reason(policy(case), case.roles)] == []
    assert all(len(case.history) == case.key[1] - 1 for case in cases)


def test_training_sessions_are_no_test_users(lake: Warehouse) -> None:
    splits = lake.read("dataset.splits")
    assert len(training_sessions(lake.read("context.actions"), splits)) == (splits["split"] == "train").sum()


def test_the_ceiling_is_the_simulators_own_action() -> None:
    cases = pl.DataFrame({"session_id": ["a", "a"], "step": [3, 2]})
    optimal = pl.DataFrame(
        {
            "session_id": ["a", "a"],
            "step": [2, 3],
            "action_type": ["click", "terminate"],
            "name": ["mug", None],
            "text": [None, None],
        },
        schema_overrides={"text": pl.String},
    )
    assert bayes_optimal(cases, optimal).to_list() == ['{"type": "terminate"}', '{"type": "click", "name": "mug"}']
    pruned = optimal.with_columns(name=pl.lit(None, pl.String))
    assert json.loads(bayes_optimal(cases, pruned)[1]) == {"type": "click"}
    with pytest.raises(EvaluationError, match="1 of 2 cases come from logs without a simulator's policy"):
        bayes_optimal(cases, optimal.head(1))


def test_every_action_has_a_category() -> None:
    examples: Session = (MUG, BUY, LOOK, FILTER, Click("pagination.2"), Click("cart"), Terminate())
    assert tuple(map(category, examples)) == CATEGORIES
    assert category(Click("buy_now")) == "purchase" and category(Click("refinements.view_product")) == "product"
