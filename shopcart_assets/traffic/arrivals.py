"""Which days are to be built, given what the drops hold: state in, decisions out, a JSON cursor between. No Dagster, no files.

A day's tables are made from a window of folders: two days before, for sessions that began there, and one after, for sessions
that end there (see `sessions`). So what names a delivery of a day is the hash of its window, and a folder that arrives or changes
asks for its neighbours too. A day waits while a folder of its window, or a consent file, is still arriving.
"""

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from shopcart_assets.traffic.drops import shift
from shopcart_assets.traffic.watch import CONSENT, Folder, Seen

WINDOW = (-2, -1, 0, 1)
"""The folders that a day is built from, relative to it."""

ASKS_A_LOOK = 20
"""The most runs that one look asks for: a drop of a year's days is worked off over several."""


class Asked(BaseModel):
    """What a day was last asked for: the content of its window and of its own folders, and the number of times so far.

    `window` is empty where the day is to be asked for whatever its folders hold, because of the consent table's version `consent`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: str
    own: str
    n_times: int
    consent: str = ""


class State(BaseModel):
    """All that is remembered between two looks.

    `consent` is the content of the consent files that was last asked for; `built` names what of the lake was last compared with
    the consent table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: Seen = {}
    asked: dict[str, Asked] = {}
    consent: str = ""
    built: str = ""


@dataclass(frozen=True)
class Ask:
    """A run that a day needs. Equal asks have equal keys, also after the state was lost; `because` is for people."""

    day: str
    key: str
    because: str


@dataclass(frozen=True)
class Decisions:
    """`state` is to be kept once `asks` are made; `waiting` says why a day that needs a run is not asked for yet."""

    state: State
    asks: list[Ask]
    waiting: list[str]


def decide(state: State, days: Container[str], running: Mapping[str, str], most_asks: int = ASKS_A_LOOK) -> Decisions:
    """The days whose window is whole and is not what they were last asked for.

    `days` are those that can be built, `running` the days under way and their runs: a day's runs never overlap. A day is asked
    for once for each content of its window, whether its run succeeds or not.
    """
    here = _by_day(state.seen)
    asked, asks = dict(state.asked), list[Ask]()
    there = sorted(day for day, folders in here.items() if any(one.files for one in folders) and day != CONSENT)
    lost = sorted(day for day, one in asked.items() if not one.window and day not in there)
    waiting = [f"{day}: consent changed, but no drop has the day any more: deliver it again" for day in lost]
    for day in there:
        before, window, own = state.asked.get(day), _content(here, window_of(day)), _content(here, [day])
        if arriving := [one for one in (*window_of(day), CONSENT) if any(f.is_arriving for f in here.get(one, []))]:
            waiting.append(f"{day}: {arriving[-1]} is still arriving")
        elif before and before.window == window:
            continue
        elif day not in days:
            waiting.append(f"{day}: not a day that can be built")
        elif day in running:
            waiting.append(f"{day}: run {running[day]} is under way")
        elif len(asks) == most_asks:
            waiting.append(f"{day}: its turn comes")
        else:
            so_far = before or Asked(window=window, own=own, n_times=0)
            asked[day] = so_far.model_copy(update={"window": window, "own": own, "n_times": so_far.n_times + 1})
            asks.append(Ask(day, f"{day}-{window}-{asked[day].n_times}", _because(before, own)))
    return Decisions(state.model_copy(update={"asked": asked}), asks, waiting)


def ask_again(state: State, days: Iterable[str], consent: str) -> State:
    """The state in which the days are asked for whatever their folders hold, once for each version of the consent table."""
    again = {
        day: state.asked[day].model_copy(update={"window": "", "consent": consent})
        for day in days
        if day in state.asked and state.asked[day].consent != consent
    }
    return state.model_copy(update={"asked": state.asked | again})


def window_of(day: str) -> list[str]:
    """The days whose folders the day is built from."""
    return [shift(day, n) for n in WINDOW]


def consent_content(seen: Seen) -> str:
    """A hash of the drops' consent files; empty while one of them is still arriving."""
    here = _by_day(seen)
    return "" if any(folder.is_arriving for folder in here.get(CONSENT, [])) else _content(here, [CONSENT])


def _content(by_day: Mapping[str, list[Folder]], days: Iterable[str]) -> str:
    """A hash of what all drops hold for the days. What is gone counts as it last was, unless its equal is there."""
    parts = []
    for day in days:
        here = [folder.content for folder in by_day.get(day, []) if folder.files]
        gone = {folder.content for folder in by_day.get(day, []) if not folder.files} - set(here)
        parts.append(f"{day} {' '.join(sorted([*here, *gone]))}")
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _by_day(seen: Seen) -> dict[str, list[Folder]]:
    """All drops' folders of each day, and those of CONSENT."""
    found: dict[str, list[Folder]] = {}
    for folders in seen.values():
        for day, folder in folders.items():
            found.setdefault(day, []).append(folder)
    return found


def _because(before: Asked | None, own: str) -> str:
    match before:
        case None:
            return "it arrived"
        case Asked(window=""):
            return "consent changed"
        case Asked(own=known) if known != own:
            return "it changed"
        case _:
            return "a neighbour arrived or changed"
