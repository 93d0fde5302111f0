"""A sheet tells nothing of who wrote what, is drawn alike again, and its choices are counted for the right generator."""

from collections import Counter
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.reasoning.blind import KEY_COLUMNS, SHEET_COLUMNS, Blind, BlindError, draw, score, sign_test
from tests.reasoning.journey import DAY, actions, contexts

USERS = 6
SESSIONS = [f"{user}{session}" for user in "abcdef" for session in "12"]
TAKEN = actions(*SESSIONS).with_columns(user_id=pl.col("session_id").str.head(1), day=pl.lit(DAY))


def said(generator: str, *steps: int) -> pl.DataFrame:
    rows = [
        {"session_id": session_id, "step": step, "rationale": f"{generator[::-1]} says {session_id}{step}"}
        for session_id in SESSIONS
        for step in steps
    ]
    frame = pl.DataFrame([row | {"sample_index": 0} for row in rows], schema=table("reasoning.rationales").schema())
    return frame.with_columns(day=pl.lit(DAY), generator=pl.lit(generator))


RATIONALES = pl.concat([said("human", 2, 4), said("model", 1, 2, 3, 4)])


def drawn(n: int = 12, seed: int = 0, generators: tuple[str, str] = ("human", "model")) -> Blind:
    return draw(RATIONALES, TAKEN, lambda _: contexts(), generators, n, seed)


def chosen(blind: Blind, choice: Any) -> list[dict[str, str]]:
    """The sheet with `choice` of each key row."""
    return [row | {"choice": choice(key)} for row, key in zip(blind.sheet, blind.key, strict=True)]


def favour(name: str) -> Any:
    return lambda key: "left" if key["left"] == name else "right"


def test_a_sheet_shows_what_was_done_and_the_key_who_wrote() -> None:
    blind = drawn(24)
    assert {*blind.sheet[0]} == {*SHEET_COLUMNS} and {*blind.key[0]} == {*KEY_COLUMNS}
    clicks = [row for row in blind.sheet if row["action"] == 'clicked "Red mug"']
    assert {(row["before"], row["page"]) for row in clicks} == {('typed "mug"', "Results for mug")}
    assert len(clicks) == 12 and all("$9.99" in row["seen"] and row["choice"] == "" for row in clicks)
    for row, key in zip(blind.sheet, blind.key, strict=True):
        assert row["item"] == key["item"] and {key["left"], key["right"]} == {"human", "model"}
        assert all(row[side].startswith(key[side][::-1]) for side in ("left", "right"))


def test_nothing_in_a_sheet_names_a_generator_or_a_person() -> None:
    text = " ".join(value for row in drawn(24).sheet for name, value in row.items() if name not in ("left", "right"))
    assert "human" not in text and "model" not in text
    assert {row["user"] for row in drawn(24).key} == {str(number) for number in range(1, USERS + 1)}


def test_equal_seeds_draw_equal_sheets_and_sides_are_mixed() -> None:
    assert drawn() == drawn() and drawn().sheet != drawn(seed=1).sheet
    sides = Counter(row["left"] for row in drawn(24).key)
    assert min(sides["human"], sides["model"]) >= 4


def test_every_user_comes_before_any_comes_again() -> None:
    assert len({row["user"] for row in drawn(USERS).key}) == USERS
    assert len(drawn(1_000).sheet) == 24, "steps that both told"


@pytest.mark.parametrize(
    ("generators", "line"),
    [
        (("human", "nobody"), "no rationales of 'nobody'; there are some of: human, model"),
        (("human", "human"), "no step has a rationale of 'human' and another of 'human'"),
    ],
)
def test_what_cannot_be_compared_is_said(generators: tuple[str, str], line: str) -> None:
    with pytest.raises(BlindError, match=line):
        drawn(generators=generators)


def test_a_reader_who_always_prefers_people_is_counted_so() -> None:
    blind = drawn(12)
    found = score(chosen(blind, favour("human")), blind.key)
    assert (found.first, found.second, found.n_first, found.n_second) == ("human", "model", 12, 0)
    assert (found.share_first, found.n_users_first, found.p_by_user) == (1.0, 6, 2 / 2**6)
    assert found.p_by_item < found.p_by_user
    assert score(chosen(blind, favour("model")), blind.key).share_first == 0.0


def test_ties_open_items_and_lost_rows_are_told_apart() -> None:
    blind = drawn(12)
    sheet = chosen(blind, lambda key: " TIE " if key["user"] == "1" else "")[:-1]
    n_ties = sum(row["user"] == "1" for row in blind.key[:-1])
    found = score(sheet, blind.key)
    assert (found.n_ties, found.n_open, found.share_first, found.p_by_user) == (n_ties, 12 - n_ties, None, 1.0)
    assert found.n_users_even == USERS and "none has a preference" in found.lines()[0]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"choice": "the left one"}, "is none of left, right, tie, or nothing"),
        ({"item": "s000000-1"}, "the key is another sheet's"),
    ],
)
def test_a_sheet_that_does_not_fit_is_refused(change: dict[str, str], line: str) -> None:
    blind = drawn(3)
    with pytest.raises(BlindError, match=line):
        score([blind.sheet[0] | change, *blind.sheet[1:]], blind.key)
    with pytest.raises(BlindError, match="twice"):
        score([blind.sheet[0], *blind.sheet], blind.key)
    with pytest.raises(BlindError, match="two generators"):
        score(blind.sheet, [row | {"left": "human", "right": "human"} for row in blind.key])


def test_the_sign_test_is_exact() -> None:
    assert sign_test(5, 0) == 0.0625 and sign_test(3, 3) == 1.0 == sign_test(1, 0)
    assert sign_test(600, 400) == pytest.approx(2.72e-10, rel=0.01)
