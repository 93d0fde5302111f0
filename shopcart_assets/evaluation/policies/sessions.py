"""Cases and train sessions from the lake's tables, and the answers of a built-in to all cases. What it answers is elsewhere."""

from collections.abc import Iterator, Mapping
from math import nan

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.legality import PageKey, page_roles
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.policies import READS_PAGES, REGISTRY
from shopcart_assets.evaluation.policies.base import NO_FACTS, Case, PageFacts, Session
from shopcart_assets.evaluation.policies.facts import page_facts
from shopcart_assets.platform.actions import Action, from_fields, to_json
from shopcart_assets.platform.warehouse import Warehouse

Facts = Mapping[PageKey, PageFacts]
_NO_FACTS: Facts = {}


def training_sessions(actions: pl.DataFrame, splits: pl.DataFrame, facts: Facts = _NO_FACTS) -> list[Session]:
    """The train sessions of the split, by the time of their first action and then their id.

    `actions` is context.actions and `splits` dataset.splits. Sessions without times come first.
    """
    train = splits.filter(pl.col("split") == "train")
    ordered = actions.join(train, on="session_id", how="semi").sort("session_id", "step")
    begun = ordered.group_by("session_id").agg(pl.col("timestamp").first())
    sessions = _sessions(ordered, facts)
    return [sessions[session_id] for session_id in begun.sort("timestamp", "session_id")["session_id"]]


def cases_of(
    cases: pl.DataFrame, actions: pl.DataFrame, names: pl.DataFrame, facts: Facts = _NO_FACTS
) -> Iterator[Case]:
    """The questions behind dataset.cases, in its order, each with the true history (paper 4.2) and nothing after it."""
    sessions = _sessions(actions.join(cases, on="session_id", how="semi").sort("session_id", "step"), _NO_FACTS)
    pages = page_roles(names, cases)
    for session_id, step, day, page_id in cases.select("session_id", "step", "day", "page_id").iter_rows():
        done, page = sessions[session_id], (day, page_id)
        minutes = done.minutes[: step - 1]
        yield Case(
            (session_id, step), done.actions[: step - 1], pages.get(page, {}), minutes, facts.get(page, NO_FACTS)
        )


def answers(warehouse: Warehouse, name: str, seed: int, cases: pl.DataFrame) -> pl.Series:
    """The built-in's answers as JSON, in the order of `cases` (dataset.cases). The pages of one day are in memory at a time.

    Raises EvaluationError for a name that no built-in has.
    """
    if name not in REGISTRY:
        raise EvaluationError(f"no baseline {name!r}; known: {', '.join(REGISTRY)}")
    actions, facts = warehouse.read("context.actions"), _facts(warehouse) if name in READS_PAGES else _NO_FACTS
    policy = REGISTRY[name](training_sessions(actions, warehouse.read("dataset.splits"), facts), seed)
    tested, told = actions.join(cases, on="session_id", how="semi"), dict[int, str]()
    for asked in cases.drop("action").with_row_index("place").partition_by("day"):
        done = policy(list(cases_of(asked, tested, names_of(warehouse, asked), facts)))
        told |= dict(zip(asked["place"], map(to_json, done), strict=True))
    return pl.Series("output", [told[place] for place in range(cases.height)], pl.String)


def _facts(warehouse: Warehouse) -> Facts:
    """The facts of every page that has a context, one day in memory at a time."""
    found: dict[PageKey, PageFacts] = {}
    for key in warehouse.partitions("context.contexts"):
        pages = warehouse.read_columns("context.contexts", ("page_id", "html"), **key)
        of_day = page_facts(warehouse.read("context.elements", **key), pages)
        found |= {(key["day"], page_id): facts for page_id, facts in of_day.items()}
    return found


def _sessions(actions: pl.DataFrame, facts: Facts) -> dict[str, Session]:
    """Sessions by their ids, of which `actions` has all rows in the order of their steps. Pages are told where there are facts."""
    since = (pl.col("timestamp") - pl.col("timestamp").first().over("session_id")).dt.total_seconds(fractional=True)
    minutes = (since / 60).fill_null(nan)
    rows = actions.select("session_id", minutes, "day", "page_id", "action_type", "name", "text").iter_rows()
    told: dict[str, list[tuple[Action, float, PageFacts]]] = {}
    for session_id, minute, day, page_id, *fields in rows:
        step = from_fields(*fields), minute, facts.get((day, page_id), NO_FACTS)
        told.setdefault(session_id, []).append(step)
    return {session_id: Session(*zip(*steps, strict=True)) for session_id, steps in told.items()}
