"""What is whose: a session is its day and its id, a page goes where nobody else saw it, and what came after stays."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.plan import NO_DAY, PLAN, Mark, Plan, Removal, find
from shopcart_assets.privacy.erasure.rows import erase_rows, removals

DAY, NEXT = "2026-10-01", "2026-10-02"
AT = dt.datetime(2026, 10, 3, tzinfo=dt.UTC)
STONE = Tombstone("erased-1", AT, None)


def _actions(warehouse: Warehouse, day: str, *rows: tuple[str, str, str | None]) -> None:
    """Rows of session, user and page: one action each, at noon of the day."""
    noon = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    schema = table("context.actions").schema()
    made = [
        dict.fromkeys(schema) | {"session_id": session, "user_id": user, "page_id": page, "timestamp": noon}
        for session, user, page in rows
    ]
    warehouse.write("context.actions", pl.DataFrame(made, schema), day=day)


def _write(warehouse: Warehouse, name: str, rows: Sequence[Mapping[str, Any]], **partition: str) -> None:
    schema = table(name).schema()
    warehouse.write(name, pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema), **partition)


@pytest.fixture
def two_days(warehouse: Warehouse) -> Warehouse:
    _actions(warehouse, DAY, ("s", "ann", "own"), ("s", "ann", "shared"), ("t", "bob", "shared"), ("t", "bob", None))
    _actions(warehouse, NEXT, ("s", "bob", "own"), ("u", "ann", "shared"))
    for day in (DAY, NEXT):
        pages = [{"page_id": page} for page in ("own", "shared", "never_seen")]
        _write(warehouse, "privacy.pages", pages, day=day)
        found = [{"source": "page", "source_id": page, "ordinal": 1} for page in ("own", "shared")]
        _write(warehouse, "privacy.findings", found, day=day)
    judged = [{"session_id": "s", "user_id": "ann"}, {"session_id": "s", "user_id": "bob"}]
    _write(warehouse, "evaluation.verdicts", judged, policy="p")
    _write(warehouse, "evaluation.predictions", [{"session_id": "s"}, {"session_id": "t"}], policy="p")
    return warehouse


def test_a_session_is_named_by_day_and_id_and_shared_pages_stay(two_days: Warehouse) -> None:
    plan = find(two_days, "ann", STONE)
    assert plan.is_whole and plan.sessions == {NO_DAY: ("s",), DAY: ("s",), NEXT: ("u",)}
    assert plan.pages == {DAY: ("own",), NEXT: ("shared",)} and plan.session_ids() == ("s", "u")
    erase_rows(two_days, plan)
    assert list(removals(two_days, plan)) == []
    left = {name: two_days.read(name) for name in ("context.actions", "privacy.pages", "privacy.findings")}
    assert left["context.actions"].select("day", "session_id", "user_id").unique().sort("day").rows() == [
        (DAY, "t", "bob"),
        (NEXT, "s", "bob"),
    ]
    assert set(left["privacy.pages"].select("day", "page_id").rows()) == {
        *((DAY, page) for page in ("shared", "never_seen")),
        *((NEXT, page) for page in ("own", "never_seen")),
    }
    assert set(left["privacy.findings"].select("day", "source_id").rows()) == {(DAY, "shared"), (NEXT, "own")}
    assert two_days.read("evaluation.verdicts")["user_id"].to_list() == ["bob"]
    assert two_days.read("evaluation.predictions")["session_id"].to_list() == ["t"]


ODD = (
    "ann",
    "ann1",
    "a.n",
    "a*",
    "%",
    "_nn",
    "' or 1=1 --",
    "../ann",
    "[a-z]+",
    "(?i)ann",
    "^",
    "\\",
    '"',
    "ann\n",
    "ANN",
    "e\u0301",
    "é",
    "x" * 5000,
)


@pytest.mark.parametrize("user", ODD, ids=range(len(ODD)))
def test_an_id_is_no_pattern_no_path_and_no_part_of_another(warehouse: Warehouse, user: str) -> None:
    _actions(warehouse, DAY, *((f"s{n}", one, f"p{n}") for n, one in enumerate(ODD)))
    _write(warehouse, "privacy.pages", [{"page_id": f"p{n}"} for n in range(len(ODD))], day=DAY)
    erase_rows(warehouse, find(warehouse, user, STONE))
    assert set(warehouse.read("context.actions")["user_id"]) == {*ODD} - {user}
    assert warehouse.read("privacy.pages").height == len(ODD) - 1


def test_what_came_after_the_erasure_stays(warehouse: Warehouse) -> None:
    _actions(warehouse, DAY, ("s", "ann", "p"))
    _actions(warehouse, "2026-10-04", ("s2", "ann", "p"), ("s2", "ann", None))
    said = [
        {"user_id": "ann", "effective_at": AT + dt.timedelta(days=days), "status": "granted"} for days in (-9, 0, 1)
    ]
    _write(warehouse, "traffic.consent", said)
    plan = find(warehouse, "ann", STONE)
    assert not plan.is_whole and plan.session_ids() == ("s",)
    erase_rows(warehouse, plan)
    assert warehouse.read("context.actions")["session_id"].to_list() == ["s2", "s2"]
    assert warehouse.read("traffic.consent").select("user_id", "effective_at", "status").rows() == [
        ("ann", AT + dt.timedelta(days=1), "granted"),
        ("erased-1", AT, "withdrawn"),
    ]


def test_a_plan_is_kept_whole_and_joined_with_an_earlier_one() -> None:
    early = Plan(
        "ann", STONE, True, {DAY: ("s",)}, {}, {DAY: ("p",)}, ("[NAME_00AA]",), ("k",),
        (Removal("context.actions", "day=x/", 5),), (Mark("checkpoint", "e", "h", 2),),
    )  # fmt: skip
    late = Plan("ann", STONE, True, {NEXT: ("t",)}, {}, {}, removals=(Removal("context.actions", "day=x/", 1),))
    assert PLAN.validate_json(PLAN.dump_json(early)) == early
    both = late.merged(early)
    assert both.sessions == {DAY: ("s",), NEXT: ("t",)} and both.pages == early.pages
    assert (both.removals, both.marks, both.placeholders, both.request_keys) == (
        early.removals, early.marks, early.placeholders, early.request_keys,
    )  # fmt: skip
