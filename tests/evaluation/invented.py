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
from shopcart_assets.platform.dictionary import TABLES
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
    buy, leave, look = '{"type": "click", "name": "buy_now"}', '{"type": "terminate"}', '{"type": "click", "name": "a"}'
    human = (buy if bought else leave) if is_final else look
    if rng.random() < chance:
        predicted: str | None = human
    else:
        predicted = str(rng.choice([option for option in (buy, leave, look, "") if option != human])) or None
    wrong = "didnt_terminate" if human == leave else "clicked_wrong_button" if predicted != leave else "didnt_click"
    return {
        "human_action": human,
        "predicted_action": predicted,
        "illegal_reason": "no_json" if predicted is None else None,
        "error": "correct" if predicted == human else "illegal" if predicted is None else wrong,
        "is_exact": predicted == human,
        "is_target": predicted == human,
        "is_type": predicted == human,
        "human_is_purchase": human == buy,
        "predicted_is_purchase": predicted == buy,
    }
