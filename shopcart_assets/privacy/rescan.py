"""Whether any value that a user's zones and fields tell can still be read in what the user saw and did: the blocking check's own search.

It mines the raw day again and compares words, apart from the patterns of variants.py. It replaces nothing and quotes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from shopcart_assets.privacy.day import own_values_of_day
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.rules import PLACEHOLDER, Kind

_WORD = re.compile(r"[^\W_]+")
_EVENT_COLUMNS = ("url", "target", "value", "rationale", "optimal")
_TYPED = ("value", "rationale")


@dataclass(frozen=True)
class _Place:
    """A text of the output, and the users whose values must not be in it."""

    says: str
    text: str
    users: frozenset[str]
    is_typed: bool = False


def rescan_problems(
    events: pl.DataFrame, pages: pl.DataFrame, raw_events: pl.DataFrame, raw_pages: pl.DataFrame
) -> list[str]:
    """One line for each place and kind of which a value is left: privacy.events and .pages against traffic.events and .pages."""
    found = []
    for day in sorted(set(raw_events["day"])):
        told = own_values_of_day(*(frame.filter(pl.col("day") == day) for frame in (raw_events, raw_pages)))
        kept = (frame.filter(pl.col("day") == day) for frame in (events, pages))
        for place in _places(*kept):
            known = [told[user] for user in sorted(place.users) if user in told]
            found += [f"{place.says}: {kind} left" for kind in sorted(_left(place, known))]
    return found


def is_left(kind: Kind, value: str, text: str) -> bool:
    """Whether the value's words stand in the text one after the other, or of numbers its digits; lone words are not looked for.

    >>> is_left("name", "Ann Lee", "/lists/ann-lee"), is_left("name", "Ann Lee", "Annie Lee"), is_left("name", "Rose", "Rose")
    (True, False, False)
    >>> is_left("phone", "+1 212 664 7665", "call (212) 664-7665")
    True
    """
    words = _WORD.findall(plain_text(value).casefold())
    if kind in ("phone", "card", "order", "account", "iban"):
        digits = "".join(filter(str.isdecimal, value))[-9:]
        return len(digits) >= 7 and digits in re.sub(r"(?<=\d)\W{1,3}(?=\d)", "", text)
    if kind not in ("name", "street") or len(words) < 2:
        return False
    return f" {' '.join(words)} " in f" {' '.join(_WORD.findall(text.casefold()))} "


def _places(events: pl.DataFrame, pages: pl.DataFrame) -> Iterator[_Place]:
    viewers: dict[str, set[str]] = {}
    for row in events.iter_rows(named=True):
        viewers.setdefault(row["page_id"] or "", set()).add(row["user_id"])
        for column in _EVENT_COLUMNS:
            if row[column]:
                mine = frozenset({row["user_id"]})
                yield _Place(f"event {row['event_id']}, {column}", row[column], mine, column in _TYPED)
    for row in pages.iter_rows(named=True):
        users = frozenset(viewers.get(row["page_id"], ()))
        yield _Place(f"page {row['page_id']}", f"{row['url']} {row['html']}", users)


def _left(place: _Place, known: list[Gazetteer]) -> set[Kind]:
    pairs = [pair for gazetteer in known for pair in gazetteer.values]
    if not pairs:
        return set()
    text = plain_text(PLACEHOLDER.sub("\n", place.text))
    lower = text.casefold()
    left = {kind for kind, value in pairs if _may_be_in(value, lower) and is_left(kind, value, text)}
    typed = (
        span.kind for gazetteer in known if place.is_typed for span in gazetteer.find(place.text, False, is_typed=True)
    )
    return left | set(typed)


def _may_be_in(value: str, lower: str) -> bool:
    """A cheap test: the first word of the value as it is compared, or the last digits of a number."""
    words = _WORD.findall(value.casefold())
    return bool(words) and (words[0] in lower or words[-1][-3:] in lower)
