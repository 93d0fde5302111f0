"""What recorders say about consent, in whatever words, as one of five statuses. Words only: no users, no times, no files.

Nothing but a clear yes to being recorded is `granted`. Undecided, implied and partial consent, another legal basis, and every
word that is not listed mean `unset`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

Status = Literal["withdrawn", "denied", "expired", "unset", "granted"]

STATUSES: tuple[Status, ...] = ("withdrawn", "denied", "expired", "unset", "granted")
"""From the one that forbids most to the only one that allows."""

RETRACTIONS: tuple[Status, ...] = ("denied", "withdrawn")
"""Statuses that also forbid the use of what was recorded before them."""

# Without case and what joins words: `Opt-Out`, `opt_out` and `optOut` are one word.
_WORDS: dict[Status, str] = {
    "granted": "granted grant given give yes y true t 1 on allow allowed allows allowall accept accepted acceptall agree "
    "agreed optin optedin consented approved",
    "denied": "denied deny denyall no n false f 0 off disallow disallowed reject rejected rejectall refuse refused decline "
    "declined disagree disagreed never notallowed notgranted notconsented",
    "withdrawn": "withdrawn withdraw withdrew withdrawal withdrawall revoked revoke revokeall optout optedout cancelled "
    "canceled rescinded",
    "expired": "expired expire lapsed outdated",
    "unset": "unset notset unspecified undefined unknown undecided none null na notapplicable default pending implied "
    "implicit implicitconsent partial allowselected acceptselected selected legitimateinterest legitimateinterests contract "
    "legalobligation vitalinterests publictask",
}
WORDS: Mapping[str, Status] = MappingProxyType(
    {"": "unset", **{word: status for status, words in _WORDS.items() for word in words.split()}}
)

# Of an object of signals these speak of the recording of behaviour; those on advertising or security say nothing about it.
_DECIDING = frozenset(("analyticsstorage", "analytics", "statistics", "consent", "status", "eventtype"))

# Of the name of an event: words that say nothing about the status, and words that tell a banner from an answer.
_NEUTRAL = (
    "consent consents cookie cookies user gdpr privacy preference preferences event status state choice signal mode "
    "update updated change changed set saved save"
)
_ONLY_SHOWN = "show shown view viewed visible display displayed impression opened prompt prompted"
_CHOICES = ("optin", "optout", "optedin", "optedout")


@lru_cache(maxsize=4_096)
def word_status(text: str) -> Status | None:
    """The status that a word means, or None where nobody knows it.

    >>> word_status("Yes"), word_status(" opt-out "), word_status("(not set)"), word_status("maybe")
    ('granted', 'withdrawn', 'unset', None)
    """
    return WORDS.get(_key(text))


def said_status(said: object) -> Status | None:
    """The status that a text, a bool or an object of signals means (objects and bools also as JSON text), None if unknown.

    Of an object, the most forbidding of its signals about behaviour; without one it does not say yes to anything.

    >>> said_status({"analytics_storage": "granted", "ad_storage": "denied"}), said_status('{"ad_storage": "granted"}')
    ('granted', 'unset')
    """
    if isinstance(said, str):
        signals = _signals(said)
        return word_status(said) if signals is None else said_status(signals)
    if isinstance(said, Mapping):
        return _agreed(_plain(value) for name, value in said.items() if _is_deciding(name) and value is not None)
    return _plain(said)


def event_status(event_type: str, said: Iterable[object]) -> tuple[Status | None, bool]:
    """Of an event: its status (None: unknown word), and whether it is an act of consent at all.

    `said` is what the event's fields say. Where they and the name of the event differ, the one that forbids more counts.

    >>> event_status("consent_given", []), event_status("cookie_consent_update", ["denied"]), event_status("click", [])
    (('granted', True), ('denied', True), ('unset', False))
    """
    named = _named_status(event_type)
    if named == "no_act":
        return "unset", False
    means = [said_status(value) for value in said]
    means += [word_status(named)] if named else []
    return _agreed(means), True


def most_forbidding(statuses: Iterable[Status]) -> Status:
    """The status that forbids most; unset of none."""
    return min(statuses, key=STATUSES.index, default="unset")


def _agreed(means: Iterable[Status | None]) -> Status | None:
    """The most forbidding of all; None, which is no better than unset, where one is unknown and none forbids more."""
    found = list(means)
    least = most_forbidding(status or "unset" for status in found)
    return None if least == "unset" and None in found else least


def _plain(said: object) -> Status | None:
    """Of a word or a bool. An object inside an object is as unknown as any other thing."""
    if isinstance(said, bool):
        return "granted" if said else "denied"
    if isinstance(said, str):
        return word_status(said)
    return "unset" if said is None else None


def _is_deciding(name: object) -> bool:
    return _key(str(name)) in _DECIDING


@lru_cache(maxsize=4_096)
def _named_status(event_type: str) -> str:
    """The word about consent in an event's name, "" where it leaves that to its fields, "no_act" where it is no act."""
    if _key(event_type) in _CHOICES:
        return event_type
    words = re.findall(r"[a-z0-9]+", event_type.lower())
    if not any("consent" in word for word in words) or set(words) & set(_ONLY_SHOWN.split()):
        return "no_act"
    return "_".join(word.replace("consent", "", 1) for word in words if word not in _NEUTRAL.split())


def _key(text: str) -> str:
    """The word as WORDS has it. Other signs than those that join words stay, so that `!granted` and `-1` are unknown.

    >>> _key("Allow-All "), _key("!granted"), _key("-1")
    ('allowall', '!granted', '-1')
    """
    return re.sub(r"[\s_()-]+(?!\d)", "", text.strip().lower())


def _signals(text: str) -> Mapping[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        signals = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return signals if isinstance(signals, dict) else None
