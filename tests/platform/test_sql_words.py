"""What Tab offers, and that it stands whatever was typed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import STAGES, TABLES
from shopcart_assets.platform.sql_words import Words

WORDS = Words(functions=["max(", "median("], keywords=["select", "where"])


@pytest.mark.parametrize(
    ("typed", "rest", "offered"),
    [
        ("sel", "", ["select"]),
        ("from ev", "", ["evaluation."]),
        ("from dic", "", ["dictionary"]),
        ("FROM evaluation.lead", "", ["evaluation.leaderboard"]),
        ("select * from dataset.cases\njoin dataset.spl", "", ["dataset.splits"]),
        ("from dataset.cases, dataset.spl", "", ["dataset.splits"]),
        ("select is_f", " from dataset.cases", ["is_final"]),
        ("from dataset.cases where is_f", "", ["is_final"]),
        ("from dataset.cases c where c.is_f", "", ["c.is_final"]),
        ("from dataset.cases as c where C.is_f", "", ["C.is_final"]),
        ("from dataset.cases where cases.is_f", "", ["cases.is_final"]),
        ("select max(is_f", " from dataset.cases", ["is_final"]),
        ("select m", "", ["max(", "median("]),
        ("select nothing_like_this", "", []),
        ("from nowhere.at_all", "", []),
    ],
)
def test_what_may_come_next(typed: str, rest: str, offered: list[str]) -> None:
    assert WORDS.after(typed, rest) == offered


def test_every_table_and_column_can_be_completed() -> None:
    for name, table in TABLES.items():
        assert name in WORDS.after(f"from {name[:-1]}")
        for column in table.schema().names():
            assert f"x.{column}" in WORDS.after(f"select x.{column[:-1]}", f" from {name} as x")


def test_after_from_there_are_schemas_and_not_three_screens_of_tables() -> None:
    assert WORDS.after("select * from ") == [*(f"{stage}." for stage in STAGES), "dictionary"]


@settings(max_examples=50)
@given(st.text(), st.text())
def test_whatever_was_typed_what_is_offered_goes_on_from_it(typed: str, rest: str) -> None:
    offered = WORDS.after(typed, rest)
    assert len(set(offered)) == len(offered)
    last = re.split(r"[^\w.]", typed)[-1].lower()
    assert all(one.lower().startswith(last) for one in offered)
