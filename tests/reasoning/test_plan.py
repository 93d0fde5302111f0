from dataclasses import replace

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.plan import PlanError, again, plan, rebuild
from tests.reasoning.journey import GENERATORS, PER_ACTION, PER_SESSION, actions, contexts


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_request_is_made_anew_with_the_key_that_it_was_planned_with(generator: GeneratorConfig) -> None:
    planned = plan(actions(), contexts(), generator)
    requests = list(rebuild(planned, actions(), contexts().lazy(), generator))

    assert planned.schema == table("reasoning.requests").schema()
    assert [one.key() for one in requests] == planned["request_key"].to_list()
    assert planned.equals(plan(actions(), contexts(), generator))


def test_by_action_each_step_is_asked_about_and_by_session_all_at_once() -> None:
    by_action = plan(actions(), contexts(), PER_ACTION).select("session_id", "first_step", "last_step").rows()
    by_session = plan(actions(), contexts(), PER_SESSION).select("session_id", "first_step", "last_step").rows()

    assert by_action == [(session, step, step) for session in "ab" for step in (1, 2, 3, 4)]
    assert by_session == [("a", 1, 4), ("b", 1, 4)]


def test_a_retry_is_the_same_question_for_another_sample() -> None:
    planned = plan(actions(), contexts(), PER_ACTION)
    few = planned.filter(pl.col("first_step") == 3)
    retries = again(few, actions(), contexts(), PER_ACTION)

    assert retries.drop("sample_index", "request_key").equals(few.drop("sample_index", "request_key"))
    assert retries["sample_index"].to_list() == [1, 1]
    both = pl.concat([few, retries]).sort("session_id", "first_step", "sample_index")
    first, second = list(rebuild(both, actions(), contexts(), PER_ACTION))[:2]
    assert second == replace(first, sample_index=1)
    assert again(planned.clear(), actions(), contexts(), PER_ACTION).is_empty()


def test_what_was_planned_with_other_pages_or_actions_is_not_sent() -> None:
    planned = plan(actions(), contexts(), PER_ACTION)
    changed = contexts().with_columns(html=pl.col("html") + " ")

    for taken, pages in (
        (actions(), changed),
        (actions("a"), contexts()),
        (actions().filter(pl.col("step") < 3), contexts()),
    ):
        with pytest.raises(PlanError, match="materialize reasoning/requests again"):
            list(rebuild(planned, taken, pages, PER_ACTION))


def test_a_day_without_actions_needs_no_request() -> None:
    planned = plan(actions().clear(), contexts(), PER_ACTION)

    assert planned.is_empty() and planned.schema == table("reasoning.requests").schema()
    assert list(rebuild(planned, actions().clear(), contexts(), PER_ACTION)) == []
