"""A blind comparison: a sheet of steps with two rationales each, in random order and without names, and what a reader's choices say.

The sheet goes to the reader, the key stays. Both are for spreadsheets, and what people and models wrote is hostile: no cell is a
formula or markup. Rows in, rows out; files are `sheets`'.
"""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import polars as pl

from shopcart_assets.platform.actions import Click
from shopcart_assets.reasoning.journeys import Step, journeys
from shopcart_assets.reasoning.page import digest
from shopcart_assets.reasoning.render import in_words

SHEET_COLUMNS = ("item", "before", "page", "seen", "action", "left", "right", "choice")
KEY_COLUMNS = ("item", "user", "left", "right")
CHOICES = ("left", "right", "tie")
EARLIER_ACTIONS = 5
PAGE_TOKENS = 60

Row = dict[str, str]
_STEP = ["day", "session_id", "step"]


class BlindError(ValueError):
    """No sheet can be drawn, or it cannot be scored; the line says what is wrong and what to do."""


@dataclass(frozen=True)
class Blind:
    """Rows of SHEET_COLUMNS, with nothing in `choice`, and of KEY_COLUMNS: which generator stands where, and a number for the user."""

    sheet: list[Row]
    key: list[Row]


def draw(
    rationales: pl.DataFrame,
    actions: pl.DataFrame,
    contexts: Callable[[str], pl.DataFrame],
    generators: tuple[str, str],
    n: int,
    seed: int,
) -> Blind:
    """At most `n` steps that both generators have a rationale of, spread over as many users as there are.

    `rationales` and `actions` as in reasoning.rationales and context.actions, with their partitions; `contexts` gives a day's
    context.contexts. Equal arguments draw equal sheets. Raises BlindError where there is no such step.
    """
    rng, taken = random.Random(seed), _taken(_pairs(rationales, actions, generators), n, random.Random(seed))
    users = {user: str(number) for number, user in enumerate(sorted(set(taken["user_id"])), 1)}
    sheet_id = hashlib.sha256("\0".join(map(str, taken.rows())).encode()).hexdigest()[:6]
    shown = _shown(taken, actions, contexts)
    sheet: list[Row] = []
    key: list[Row] = []
    for number, row in enumerate(taken.iter_rows(named=True), 1):
        left, right = rng.sample((0, 1), 2)
        item = f"s{sheet_id}-{number}"
        texts = {"left": row[f"text_{left}"], "right": row[f"text_{right}"], "choice": ""}
        sheet.append({"item": item, **shown[row["day"], row["session_id"], row["step"]], **texts})
        key.append({"item": item, "user": users[row["user_id"]], "left": generators[left], "right": generators[right]})
    return Blind(sheet, key)


def _pairs(rationales: pl.DataFrame, actions: pl.DataFrame, generators: tuple[str, str]) -> pl.DataFrame:
    """[day, session_id, step, user_id, text_0, text_1], in order."""
    texts = [
        rationales.filter(pl.col("generator") == name).select(*_STEP, pl.col("rationale").alias(f"text_{at}"))
        for at, name in enumerate(generators)
    ]
    for name, theirs in zip(generators, texts, strict=True):
        if theirs.is_empty():
            there = ", ".join(sorted(set(rationales["generator"]))) or "none"
            raise BlindError(f"no rationales of {name!r}; there are some of: {there}")
    both = actions.select(*_STEP, "user_id").join(texts[0], on=_STEP).join(texts[1], on=_STEP).sort(_STEP)
    if both.is_empty() or generators[0] == generators[1]:
        raise BlindError(
            f"no step has a rationale of {generators[0]!r} and another of {generators[1]!r}: backfill reasoning/rationales "
            "of both over the same days"
        )
    return both


def _taken(pairs: pl.DataFrame, n: int, rng: random.Random) -> pl.DataFrame:
    """`n` rows at random: one of each user first, then a second of each, and so on, since one person's steps resemble each other."""
    turns: dict[str, int] = {}
    order: list[tuple[int, int, int]] = []
    for at in rng.sample(range(pairs.height), pairs.height):
        user = pairs["user_id"][at]
        order.append((turns.get(user, 0), len(order), at))
        turns[user] = turns.get(user, 0) + 1
    return pairs[[at for _, _, at in sorted(order)[:n]]]


def _shown(
    taken: pl.DataFrame, actions: pl.DataFrame, contexts: Callable[[str], pl.DataFrame]
) -> dict[tuple[str, str, int], Row]:
    """What the sheet shows of each step, by day, session and step."""
    shown: dict[tuple[str, str, int], Row] = {}
    for (day,), steps in taken.group_by("day", maintain_order=True):
        told = actions.filter(pl.col("day") == day).join(steps, on="session_id", how="semi")
        for session_id, journey in journeys(told, contexts(str(day))):
            for step in steps.filter(pl.col("session_id") == session_id)["step"]:
                shown[str(day), session_id, step] = _told(journey[:step])
    return shown


def _told(journey: Sequence[Step]) -> Row:
    *earlier, last = journey
    name = last.action.name if isinstance(last.action, Click) else None
    before = "; ".join(in_words(step) for step in earlier[-EARLIER_ACTIONS:])
    seen = digest(last.html, name, PAGE_TOKENS).seen
    return {"before": before, "page": last.title, "seen": seen, "action": in_words(last)}


@dataclass(frozen=True)
class Preference:
    """What a reader preferred. `share_first`: of the items with a preference; None without one.

    `p_by_user` is the exact sign test over users, each counted once for whichever generator wins more of their items: one
    person's items resemble each other. `p_by_item` takes all items as independent, which they are not.
    """

    first: str
    second: str
    n_items: int
    n_first: int
    n_second: int
    n_ties: int
    n_open: int
    share_first: float | None
    n_users_first: int
    n_users_second: int
    n_users_even: int
    p_by_user: float
    p_by_item: float

    def lines(self) -> list[str]:
        """The same for people to read."""
        share = "none has a preference" if self.share_first is None else f"{self.share_first:.0%} prefer {self.first}"
        return [
            f"{self.n_items} items: {self.n_first} for {self.first}, {self.n_second} for {self.second}, {self.n_ties} ties, "
            f"{self.n_open} open; of those with a preference, {share}",
            f"by user: {self.n_users_first} for {self.first}, {self.n_users_second} for {self.second}, {self.n_users_even} even; "
            f"exact sign test p = {self.p_by_user:.3g} (were items independent, which they are not: {self.p_by_item:.3g})",
        ]


def score(sheet: Sequence[Mapping[str, str]], key: Sequence[Mapping[str, str]]) -> Preference:
    """What the choices of a sheet say; rows that are gone from it count as open. Raises BlindError where sheet and key do not fit."""
    names = sorted({row[side] for row in key for side in ("left", "right")})
    if len(names) != 2:
        raise BlindError("the key does not name two generators: give the file that was written beside the sheet")
    first, second = names
    chosen = _choices(sheet, {row["item"] for row in key})
    won = dict.fromkeys(names, 0)
    ahead: dict[str, int] = {}
    for row in key:
        side = chosen.get(row["item"], "")
        ahead.setdefault(row["user"], 0)
        if side in ("left", "right"):
            won[row[side]] += 1
            ahead[row["user"]] += 1 if row[side] == first else -1
    n_first, n_second = won[first], won[second]
    n_ties = sum(side == "tie" for side in chosen.values())
    users = sum(lead > 0 for lead in ahead.values()), sum(lead < 0 for lead in ahead.values())
    return Preference(
        first,
        second,
        len(key),
        n_first,
        n_second,
        n_ties,
        len(key) - n_first - n_second - n_ties,
        n_first / (n_first + n_second) if n_first + n_second else None,
        *users,
        len(ahead) - sum(users),
        sign_test(*users),
        sign_test(n_first, n_second),
    )


def _choices(sheet: Sequence[Mapping[str, str]], items: set[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for row in sheet:
        item, choice = row["item"].strip(), row["choice"].strip().lower()
        if item not in items:
            raise BlindError(f"item {item[:20]!r} is not in the key: the key is another sheet's")
        if item in chosen:
            raise BlindError(f"item {item} is in the sheet twice: leave one of them")
        if choice not in ("", *CHOICES):
            raise BlindError(f"item {item}: choice {choice[:20]!r} is none of {', '.join(CHOICES)}, or nothing")
        chosen[item] = choice
    return chosen


def sign_test(n_first: int, n_second: int) -> float:
    """Exact two-sided p-value of the sign test: that each preference were a coin's. 1 without any.

    >>> sign_test(9, 1), sign_test(0, 0)
    (0.021484375, 1.0)
    """
    n = n_first + n_second
    return min(1.0, 2 * sum(comb(n, won) for won in range(min(n_first, n_second) + 1)) / (1 << n))
