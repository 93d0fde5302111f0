"""An invented lake and invented verdicts for the tests of evaluation, sql and report. Seeded; no page of a real shop."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest

from shopcart_assets.dataset.admit import admit
from shopcart_assets.dataset.cases import cases
from shopcart_assets.dataset.conversation import Reasons, conversations
from shopcart_assets.dataset.splits import split_sessions
from shopcart_assets.evaluation import likelihood_sums
from shopcart_assets.evaluation.bootstrap import f1_intervals
from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.human_floor import human_floor
from shopcart_assets.evaluation.known import policy_rows, student_t
from shopcart_assets.evaluation.matching import compare, error
from shopcart_assets.evaluation.pairs import trained
from shopcart_assets.evaluation.parse import Illegal
from shopcart_assets.evaluation.sums import add_up, with_categories
from shopcart_assets.platform.actions import from_json, is_purchase
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.experiment import ExperimentConfig
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.warehouse import Warehouse

DAYS = ("2026-10-01", "2026-10-02")
GENERATOR = "tiny-random"
PRODUCTS = ("red_mug", "blue_mug", "tee_connector")
RESULTS = {
    "search_input": "searchbox",
    "search_button": "button",
    "refinements.color.red": "checkbox",
    **{f"search_results.{product}.view_product": "link" for product in PRODUCTS},
    "pagination.2": "link",
}

BUY, LEAVE, LOOK, FILTER, SEARCH, SHOUT = (
    '{"type": "click", "name": "buy_now"}',
    '{"type": "terminate"}',
    '{"type": "click", "name": "mug.view_product"}',
    '{"type": "click", "name": "refinements.color.red"}',
    '{"type": "type_and_submit", "name": "search_input", "text": "mug"}',
    '{"type": "type_and_submit", "name": "search_input", "text": "MUG "}',
)

Fields = tuple[str, str | None, str | None, str | None]


def filled(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the table's other columns null, in the table's types."""
    schema = TABLES[table].schema()
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def pages() -> dict[str, dict[str, str]]:
    products = {
        f"p_{one}": {"search_input": "searchbox", f"{one}.buy_now": "button", "cart": "link"} for one in PRODUCTS
    }
    return {"p_results": RESULTS, **products}


@contextmanager
def one_refresh(warehouse: Warehouse) -> Iterator[None]:
    """Builds the views once, at the end, and not at the first write of each partition."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse.views, "refresh", lambda: None)
        yield
    warehouse.views.refresh()


def fill(warehouse: Warehouse) -> None:
    """Writes everything that evaluation reads, up to conversations with rationales, for two days of invented sessions."""
    with one_refresh(warehouse):
        for number, day in enumerate(DAYS):
            _fill(warehouse, day, _actions(day, n_sessions=30, n_users=16, rng=random.Random(number)))


def _fill(warehouse: Warehouse, day: str, actions: pl.DataFrame) -> None:
    _write_context(warehouse, day, actions)
    contexts = warehouse.read("context.contexts", day=day)
    admitted = admit(actions, contexts)
    splits = split_sessions(admitted.actions, test_share=0.5, salt="tests")
    rationales = admitted.actions.select("session_id", "step", pl.lit("I want a mug.").alias("rationale"))
    none_rejected = TABLES["reasoning.quarantine"].empty()
    told = conversations(admitted.actions, contexts, splits)
    reasoned = conversations(admitted.actions, contexts, splits, Reasons(rationales, none_rejected))
    warehouse.write("dataset.refused", admitted.refused, day=day)
    warehouse.write("dataset.splits", splits, day=day)
    warehouse.write("dataset.cases", cases(admitted.actions, splits), day=day)
    warehouse.write("dataset.conversations_action_only", told, day=day)
    warehouse.write("dataset.conversations_reasoning", reasoned, day=day, generator=GENERATOR)


def _write_context(warehouse: Warehouse, day: str, actions: pl.DataFrame) -> None:
    names = [
        {"page_id": page_id, "name": name, "role": role, "position": position}
        for page_id, roles in pages().items()
        for position, (name, role) in enumerate(roles.items(), 1)
    ]
    html = [{"page_id": page_id, "title": page_id, "html": f"<html>{page_id}</html>"} for page_id in pages()]
    warehouse.write("context.actions", filled("context.actions", actions), day=day)
    warehouse.write("context.elements", filled("context.elements", pl.DataFrame(names)), day=day)
    warehouse.write("context.contexts", filled("context.contexts", pl.DataFrame(html)), day=day)
    warehouse.write(
        "context.optimal", filled("context.optimal", actions.with_columns(probability=pl.lit(0.5))), day=day
    )


def _actions(day: str, n_sessions: int, n_users: int, rng: random.Random) -> pl.DataFrame:
    rows = []
    for number in range(n_sessions):
        user = f"u{rng.randrange(n_users)}"
        for step, fields in enumerate(_session(rng), 1):
            rows.append((f"{day}-s{number}", step, user, *fields))
    schema = {
        "session_id": str,
        "step": pl.Int64,
        "user_id": str,
        "action_type": str,
        "name": str,
        "text": str,
        "page_id": str,
    }
    return pl.DataFrame(rows, schema, orient="row")


def _session(rng: random.Random) -> Iterator[Fields]:
    """A search, some searches, filters and products, then a purchase or the end."""
    yield "type_and_submit", "search_input", "mug", None
    page = "p_results"
    for _ in range(rng.randrange(1, 7)):
        kind = rng.choice(("search", "product", "product", "filter")) if page == "p_results" else "search"
        if kind == "search":
            yield "type_and_submit", "search_input", rng.choice(("mug", "red mug", "tee connector")), page
            page = "p_results"
        elif kind == "filter":
            yield "click", "refinements.color.red", None, page
        else:
            product = rng.choice(PRODUCTS)
            yield "click", f"search_results.{product}.view_product", None, page
            page = f"p_{product}"
    if page != "p_results" and rng.random() < 0.6:
        yield "click", f"{page.removeprefix('p_')}.buy_now", None, page
    else:
        yield "terminate", None, None, page


def verdicts(policies: Sequence[str], *, n_sessions: int = 200, n_users: int = 25, seed: int = 0) -> pl.DataFrame:
    """Verdicts of the policies on the same invented cases, with user and session effects and every kind of error."""
    rng = np.random.default_rng(seed)
    skill = {f"u{user}": rng.normal(0, 0.15) for user in range(n_users)}
    lengths = 1 + rng.geometric(0.25, n_sessions)
    users = [f"u{rng.integers(n_users)}" for _ in range(n_sessions)]
    rows = []
    for number, policy in enumerate(policies):
        for session in range(n_sessions):
            bought = (session * 7919) % 10 < 2
            for step in range(2, int(lengths[session]) + 2):
                is_final = step == lengths[session] + 1
                row = _verdict(rng, 0.2 + 0.05 * number + skill[users[session]], is_final, bought)
                key = {"policy": policy, "session_id": f"s{session}", "step": step, "user_id": users[session]}
                rows.append({**key, "weight": 1 / lengths[session], "seed": 0, "is_final": bool(is_final), **row})
    return pl.DataFrame(rows)


def _verdict(rng: np.random.Generator, chance: float, is_final: bool, bought: bool) -> dict[str, object]:
    """One of every kind of answer: right, right but for the text or the case of it, another action, no action."""
    human = (BUY if bought else LEAVE) if is_final else str(rng.choice([LOOK, FILTER, SEARCH]))
    if rng.random() < chance:
        predicted: str | None = human
    else:
        options = [option for option in (BUY, LEAVE, LOOK, FILTER, SEARCH, SHOUT, "") if option != human]
        predicted = str(rng.choice(options)) or None
    done, told = from_json(human), None if predicted is None else from_json(predicted)
    match = compare(done, Illegal("no_json") if told is None else told)
    return {
        "human_action": human,
        "predicted_action": predicted,
        "human_type": done.type,
        "human_category": category(done),
        "predicted_category": "illegal" if told is None else category(told),
        "parse_mode": "failed" if told is None else "strict",
        "illegal_reason": "no_json" if told is None else None,
        "error": error(done, Illegal("no_json") if told is None else told),
        "is_exact": match.is_exact,
        "is_folded": match.is_folded,
        "is_target": match.is_target,
        "is_type": match.is_type,
        "human_is_purchase": is_purchase(done),
        "predicted_is_purchase": told is not None and is_purchase(told),
    }


def cases_of(judged: pl.DataFrame) -> pl.DataFrame:
    """dataset.cases of invented verdicts, with their day: two pages, of two sites."""
    asked = judged.unique(["session_id", "step"]).sort("session_id", "step")
    page = pl.when(pl.col("step") % 3 == 0).then(pl.lit("p1")).otherwise(pl.lit("p2"))
    return asked.select(
        "session_id", "step", "user_id", action="human_action", page_id=page, is_final="is_final", day=pl.lit(DAYS[0])
    )


def measure(
    warehouse: Warehouse, policies: Sequence[PolicyConfig] = (), experiments: Sequence[ExperimentConfig] = ()
) -> None:
    """Writes what the views of evaluation stand on, from the verdicts and the cases that the lake has."""
    total = add_up(warehouse)
    add_up_likelihoods(warehouse)
    known = policy_rows(policies, trained(experiments, warehouse.read("training.checkpoints")))
    warehouse.write("evaluation.user_scores", total.user_scores)
    warehouse.write("evaluation.case_counts", total.case_counts)
    warehouse.write("evaluation.policies", known)
    warehouse.write("evaluation.student_t", student_t())
    warehouse.write("evaluation.bootstrap", f1_intervals(total.user_scores, draws=200))
    warehouse.write(
        "evaluation.human_floor", human_floor(with_categories(warehouse.read("dataset.cases")), n_splits=10)
    )


def add_up_likelihoods(warehouse: Warehouse) -> None:
    """Writes what the views of likelihoods stand on."""
    for name, rows in likelihood_sums.add_up(warehouse).items():
        warehouse.write(name, rows)
