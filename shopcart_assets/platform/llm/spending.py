"""What is spent and what is set aside, as it lies in the lake. Whether that is too much is budget.py's business.

A reservation is a folder `budget/<generator>/<id>/`: a file whose name says what is reserved, in billionths of a dollar, and
once it is settled another that says what was spent, which counts instead. So one listing adds up everything, whatever goes on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import BudgetError, Route

NANO = 1_000_000_000
FREE = "free"
"""Id of the reservation of what costs nothing; it lies nowhere."""

_KEY = re.compile(r"budget/([^/]+)/([0-9a-f]{32})/(reserved|spent)-(\d+)\.json")


@dataclass(frozen=True)
class Spend:
    """What one generator, or all of them, have spent and set aside; `limit_usd` None = no limit of their own."""

    generator: str
    spent_usd: float
    reserved_usd: float
    limit_usd: float | None

    @property
    def left_usd(self) -> float | None:
        """What is neither spent nor set aside, to a billionth; below 0 where it is too much."""
        if self.limit_usd is None:
            return None
        return (nano(self.limit_usd) - nano(self.spent_usd) - nano(self.reserved_usd)) / NANO


@dataclass(frozen=True)
class Held:
    """What a reservation is for: who made it, and the worst case of each request in billionths of a dollar, by its key."""

    owner: Owner
    route: Route
    worst_nano: dict[str, int]


_HELD = TypeAdapter(Held)


@dataclass
class LakeReservation:
    """See port.Reservation. It is found again by its id."""

    lake: Lake
    generator: str
    id: str

    def hold(self, held: Held) -> None:
        """Sets the worst case aside."""
        self._put(self._key("reserved", sum(held.worst_nano.values())), held)

    def held(self) -> Held | None:
        """What is set aside, or None where it was taken back; nothing where it was settled. Raises BudgetError where nobody can read it."""
        for entry in self._entries("reserved"):
            try:
                with self.lake.open(entry.key) as file:
                    return _HELD.validate_json(file.read())
            except FileNotFoundError:
                return None
            except ValidationError:
                raise _damaged(self.lake, entry.key) from None
        return None

    def settle(self, spent_usd: float) -> None:
        """See port.Reservation. The reserved amount keeps its name, as a reader in the middle of a listing must see one of
        the two; only the requests behind it go."""
        if self.id == FREE:
            return
        nothing = Held(Owner.me(), "online", {})
        if not self._entries("spent"):
            self._put(self._key("spent", nano(spent_usd)), nothing)
        for entry in self._entries("reserved"):
            self._put(entry.key, nothing)

    def release(self) -> None:
        """Takes back what was set aside, as if it had never been: nothing was sent."""
        for entry in self._entries("reserved"):
            self.lake.delete(entry.key)

    def _put(self, key: str, held: Held) -> None:
        with self.lake.put(key) as path:
            path.write_bytes(_HELD.dump_json(held))

    def _key(self, state: str, amount: int) -> str:
        return f"budget/{self.generator}/{self.id}/{state}-{amount}.json"

    def _entries(self, state: str) -> "list[_Entry]":
        return [one for one in _listed(self.lake, f"budget/{self.generator}/{self.id}/") if one.state == state]


def open_reservations(lake: Lake) -> list[LakeReservation]:
    """All that were not settled yet."""
    return [
        LakeReservation(lake, generator, id_)
        for (generator, id_), entry in _counted(lake).items()
        if entry.state == "reserved"
    ]


def spends(lake: Lake, limits_usd: Mapping[str, float | None], lake_limit_usd: float | None) -> list[Spend]:
    """Each generator that has spent or reserved anything or is in `limits_usd`, by name; all of them together last."""
    counted = _counted(lake)
    names = sorted({generator for generator, _ in counted} | limits_usd.keys())
    by_name = [(name, [one for (of, _), one in counted.items() if of == name], limits_usd.get(name)) for name in names]
    return [
        Spend(
            name,
            sum(one.nano for one in entries if one.state == "spent") / NANO,
            sum(one.nano for one in entries if one.state == "reserved") / NANO,
            limit,
        )
        for name, entries, limit in [*by_name, ("all generators", list(counted.values()), lake_limit_usd)]
    ]


def nano(usd: float) -> int:
    """US dollars in billionths.

    >>> nano(0.1) + nano(0.2) == nano(0.3)
    True
    """
    return round(usd * NANO)


@dataclass(frozen=True)
class _Entry:
    key: str
    generator: str
    id: str
    state: str
    nano: int


def _listed(lake: Lake, prefix: str) -> Iterator[_Entry]:
    for key in lake.keys(prefix):
        match = _KEY.fullmatch(key)
        if match is None:
            raise _damaged(lake, key)
        yield _Entry(key, match[1], match[2], match[3], int(match[4]))


def _counted(lake: Lake) -> dict[tuple[str, str], _Entry]:
    """One entry a reservation: what was spent where it is settled, the higher where two settled it at once."""
    entries = sorted(_listed(lake, "budget/"), key=lambda one: (one.state, one.nano))
    return {(one.generator, one.id): one for one in entries}


def _damaged(lake: Lake, key: str) -> BudgetError:
    return BudgetError(f"{lake.uri(key)} is no reservation: restore it or take it away; it may stand for money spent")
