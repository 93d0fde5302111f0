"""Whether any value that a user's zones and fields tell can still be read in what the user saw and did: the blocking check's own search.

It mines the raw day again and compares words, apart from the patterns of variants.py. It replaces nothing and quotes nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from shopcart_assets.platform.engine import Engine, Here
from shopcart_assets.privacy.batches import Batch, Known, Plan, known
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.mining import own_values_of_day
from shopcart_assets.privacy.rules import PLACEHOLDER, Kind, Zone

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
    events: pl.DataFrame,
    pages: Iterable[pl.DataFrame],
    raw_events: pl.DataFrame,
    raw_pages: Iterable[pl.DataFrame],
    engine: Engine | None = None,
    own_zones: tuple[Zone, ...] = (),
) -> list[str]:
    """One line for each place and kind of which a value is left: a day's privacy.events and .pages against its raw ones.

    Pages come as frames, of which a few are in memory.
    """
    engine = engine or Here()
    gazetteers = own_values_of_day(raw_events, raw_pages, engine, own_zones)
    asked = (known(batch, gazetteers) for batch in Plan(events).batches(pages))
    return [line for found in engine.map(left_in, asked) for line in found]


def left_in(asked: Known) -> list[str]:
    """The lines of some pages and events."""
    batch, gazetteers = asked
    told = {user: _Known(gazetteer) for user, gazetteer in gazetteers.items()}
    found = []
    for place in _places(batch):
        sought = [told[user] for user in sorted(place.users) if user in told]
        found += [f"{place.says}: {kind} left" for kind in sorted(_left(place, sought))]
    return found


def is_left(kind: Kind, value: str, text: str) -> bool:
    """Whether the value's words stand in the text one after the other, or of numbers its digits; lone words are not looked for.

    >>> is_left("name", "Ann Lee", "/lists/ann-lee"), is_left("name", "Ann Lee", "Annie Lee"), is_left("name", "Rose", "Rose")
    (True, False, False)
    >>> is_left("phone", "+1 212 664 7665", "call (212) 664-7665")
    True
    """
    sought = _sought(kind, value)
    return sought is not None and sought.is_in(plain_text(text).casefold())


@dataclass(frozen=True)
class _Sought:
    """A value as it is looked for: its words one after the other, or the last digits of a number."""

    pattern: re.Pattern[str]
    word: str = ""  # without which a text is not searched further; a number has none

    def is_in(self, folded: str) -> bool:
        return self.word in folded and self.pattern.search(folded) is not None


def _sought(kind: Kind, value: str) -> _Sought | None:
    """None where the value is too short to be looked for."""
    words = _WORD.findall(plain_text(value).casefold())
    if kind in ("phone", "card", "order", "account", "iban"):
        digits = "".join(filter(str.isdecimal, value))[-9:]
        return _Sought(re.compile(r"\W{0,3}".join(digits))) if len(digits) >= 7 else None
    if kind not in ("name", "street") or len(words) < 2:
        return None
    first, *more = words
    # It begins with the first word as it stands, and looks back from its end, so that the search skips to that.
    return _Sought(
        re.compile(rf"{first}(?<![^\W_]{first})" + "".join(rf"[\W_]+{word}" for word in more) + r"(?![^\W_])"),
        max(words, key=len),
    )


class _Known:
    """What is looked for of one user, each value made ready once."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        sought = ((kind, _sought(kind, value)) for kind, value in gazetteer.values)
        self.sought = [(kind, one) for kind, one in sought if one]


def _places(batch: Batch) -> Iterator[_Place]:
    for row in batch.events.iter_rows(named=True):
        for column in _EVENT_COLUMNS:
            if row[column]:
                mine = frozenset({row["user_id"]})
                yield _Place(f"event {row['event_id']}, {column}", row[column], mine, column in _TYPED)
    for row in batch.pages.iter_rows(named=True):
        users = frozenset(batch.viewers[row["page_id"]])
        yield _Place(f"page {row['page_id']}", f"{row['url']} {row['html']}", users)


def _left(place: _Place, known: list[_Known]) -> set[Kind]:
    if not known:
        return set()
    folded = plain_text(PLACEHOLDER.sub("\n", place.text)).casefold()
    left = {kind for one in known for kind, sought in one.sought if sought.is_in(folded)}
    typed = (
        span.kind for one in known if place.is_typed for span in one.gazetteer.find(place.text, False, is_typed=True)
    )
    return left | set(typed)
