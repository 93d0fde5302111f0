"""What holds for every built-in: legal on any page, deaf to what came later, and the same in any order."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.evaluation.categories import CATEGORIES, category
from shopcart_assets.evaluation.legality import illegal_reason
from shopcart_assets.evaluation.matching import nfc
from shopcart_assets.evaluation.parse import parse
from shopcart_assets.evaluation.policies import READS_PAGES, REGISTRY, Case, PageFacts, Policy, Session
from shopcart_assets.evaluation.policies.base import Actions
from shopcart_assets.evaluation.policies.sessions import cases_of, training_sessions
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, to_json
from shopcart_assets.platform.profiles import BASELINES, CEILING, ORACLE
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.policies.examples import BUY, FILTER, LOOK, MUG, TRAIN

NAMES = ("search_input", "q", "red_mug.buy_now", "a.view_product", "refinements.x", "pagination.2", "cart", "kä", "{")
ROLES = ("searchbox", "textbox", "link", "button", "checkbox")
TEXTS = ("mug", "red mug", "", " ", "kä\u0308se", '"}', "\u202e")

actions = st.one_of(
    st.builds(Click, st.sampled_from(NAMES)),
    st.builds(TypeAndSubmit, st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.just(Terminate()),
)
numbers = st.one_of(st.just(float("nan")), st.floats(0, 1e6))
counts = st.integers(0, 1_000)
facts = st.builds(PageFacts, counts, counts, counts, counts, numbers, numbers)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    history = tuple(draw(st.lists(actions, max_size=8)))
    roles = draw(st.dictionaries(st.sampled_from(NAMES).map(nfc), st.sampled_from(ROLES)))
    minutes = tuple(draw(st.lists(numbers, min_size=len(history), max_size=len(history))))
    return Case((draw(st.sampled_from("ab")), len(history) + 1), history, roles, minutes, draw(facts))


def _strange(rng: random.Random, n_sessions: int) -> list[Session]:
    """Sessions that make no sense: nothing may be learned from them that breaks a policy."""
    texts = [TypeAndSubmit(name, text) for name in NAMES for text in TEXTS]
    pool: list[Action] = [*map(Click, NAMES), *texts, Terminate()]
    return [Session(tuple(rng.choices(pool, k=rng.randrange(1, 9)))) for _ in range(n_sessions)]


FITS: list[Sequence[Session]] = [[], TRAIN[:1], TRAIN, _strange(random.Random(0), 30)]


@cache
def fitted() -> list[tuple[str, Policy]]:
    """Every built-in, fitted to little, to nothing and to nonsense: seconds, so not where tests are collected."""
    return [(name, fit(train, 3)) for name, fit in REGISTRY.items() for train in FITS]


@settings(max_examples=15)
@given(st.lists(cases(), min_size=1, max_size=4))
def test_every_answer_is_legal_and_depends_on_its_own_case_only(asked: list[Case]) -> None:
    """Judged as every answer is: as text, parsed, on its page."""
    for name, policy in fitted():
        answers = policy(asked)
        assert policy(asked[:0:-1]) == answers[:0:-1], name
        for case, action in zip(asked, answers, strict=True):
            parsed = parse(to_json(action), "end_turn").result
            assert parsed == action and illegal_reason(action, case.roles) is None, name


@pytest.mark.parametrize("name", REGISTRY)
def test_nothing_of_a_case_tells_what_was_done_or_came_later(name: str, lake: Warehouse) -> None:
    """Answers stay the same where every later action, its page and its time are replaced by others."""
    acted = _timed(lake.read("context.actions"))
    asked, names = lake.read("dataset.cases").drop("action", "is_final"), lake.read("context.elements")
    policy = REGISTRY[name](training_sessions(acted, lake.read("dataset.splits")), 0)
    assert asked.height > 20
    for step in (2, 4):
        at_step = asked.filter(pl.col("step") == step)
        is_later = pl.col("step") >= step
        changed = acted.with_columns(
            action_type=pl.when(is_later).then(pl.lit("click")).otherwise("action_type"),
            name=pl.when(is_later).then(pl.lit("elsewhere")).otherwise("name"),
            page_id=pl.when(is_later).then(pl.lit("p_other")).otherwise("page_id"),
            timestamp=pl.when(is_later).then(pl.col("timestamp").dt.offset_by("78m")).otherwise("timestamp"),
        )
        known = policy(list(cases_of(at_step, acted, names)))
        assert known == policy(list(cases_of(at_step, changed, names))) and len(known) == at_step.height > 0


@pytest.mark.parametrize("name", REGISTRY)
def test_the_order_of_rows_changes_nothing(name: str, lake: Warehouse) -> None:
    acted, splits, names = (
        _timed(lake.read("context.actions")),
        lake.read("dataset.splits"),
        lake.read("context.elements"),
    )
    asked = lake.read("dataset.cases").drop("action")
    answered = []
    for seed in (None, 1):
        tables = (
            [acted, splits, names]
            if seed is None
            else [one.sample(fraction=1.0, shuffle=True, seed=seed) for one in (acted, splits, names)]
        )
        policy = REGISTRY[name](training_sessions(tables[0], tables[1]), 0)
        answered.append(policy(list(cases_of(asked, tables[0], tables[2]))))
    assert answered[0] == answered[1]


def _timed(acted: pl.DataFrame) -> pl.DataFrame:
    """The actions with times, some of which are the same: a minute a step, ever longer."""
    start = pl.datetime(2026, 10, 1, time_zone="UTC")
    return acted.with_columns(
        timestamp=(start + pl.duration(minutes=pl.col("step") ** 2)).cast(acted.schema["timestamp"])
    )


def test_every_built_in_is_declared_and_described() -> None:
    assert {one.name for one in BASELINES} == set(REGISTRY) and set(REGISTRY) >= READS_PAGES
    described = (Path(__file__).parents[3] / "docs" / "baselines.md").read_text()
    assert [name for name in (*REGISTRY, CEILING.name, ORACLE.name) if f"**`{name}`**" not in described] == []


def test_every_action_has_a_category() -> None:
    examples: Actions = (MUG, BUY, LOOK, FILTER, Click("pagination.2"), Click("cart"), Terminate())
    assert tuple(map(category, examples)) == CATEGORIES
    assert category(Click("buy_now")) == "purchase" and category(Click("refinements.view_product")) == "product"
