"""How much of what was planted is gone, and how much of the rest went with it. Counts and shares; nothing is scrubbed here.

Recall is TAB's (Pilan et al. 2022): an entity counts only if all its mentions are masked, for one that is left tells the value.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from lxml import etree

from shopcart_assets.privacy.attributes import attribute_policy
from shopcart_assets.privacy.benchmark.people import plain_letters
from shopcart_assets.privacy.benchmark.plant import Mention, Planted
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.rules import PLACEHOLDER
from shopcart_assets.privacy.urls import reduce_url

Place = tuple[str, str]
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Quality:
    """Of one method. Shares between 0 and 1; `recall` and its parts are of entities, `precision` of masked words.

    `own_told` are the user's own values that a zone of theirs shows; the rest of `own` only its shape could give away.
    """

    recall: dict[str, float]
    recall_by_kind: dict[str, dict[str, float]]
    recall_by_channel: dict[str, dict[str, float]]
    precision: float
    share_of_titles_altered: float
    share_of_event_targets_altered: float
    n_entities: int
    n_mentions: int


def measure(planted: Planted, before: Mapping[Place, str], after: Mapping[Place, str], targets: float) -> Quality:
    """Judges texts by place: as they were planted and as they came out. `targets` is the share of event targets altered."""
    is_masked = {one.place: not is_left(one.written, after.get(one.place, ""), one.around) for one in planted.mentions}
    right = wrong = 0
    # Of addresses and JSON whole parts go by rule, so only sentences say what is masked needlessly.
    for mention in (one for one in planted.mentions if one.channel in ("text", "attribute", "event")):
        lost = _lost(before[mention.place], after.get(mention.place, ""))
        own = _forms(mention.written) | set(_tokens(mention.written))  # short numbers of a phone are its own, too
        right += sum(n for word, n in lost.items() if word.removesuffix("s") in own or word in own)
        wrong += sum(n for word, n in lost.items() if word.removesuffix("s") not in own and word not in own)
    altered = [place for place, title in planted.negatives.items() if title not in after.get(place, "")]
    wrong += sum(_lost(before[place], after.get(place, "")).total() for place in altered)
    return Quality(
        {
            "own": _recall(planted.mentions, is_masked, {"whose": "own"}),
            "own_told": _recall(planted.mentions, is_masked, {"whose": "own", "is_told": True}),
            "third_party": _recall(planted.mentions, is_masked, {"whose": "third_party"}),
        },
        _split(planted.mentions, is_masked, "kind"),
        _split(planted.mentions, is_masked, "channel"),
        round(right / max(right + wrong, 1), 4),
        round(len(altered) / max(len(planted.negatives), 1), 4),
        targets,
        len({mention.entity for mention in planted.mentions}),
        len(planted.mentions),
    )


def is_left(value: str, text: str, around: str = "") -> bool:
    """Whether any word of the value, or its digits, can still be read in the text. `around` is the text without the value.

    >>> is_left("Ann Lee", "for [NAME_7F3A]"), is_left("Ann Lee", "/list/anns-[NAME_7F3A]"), is_left("01 23 45 67", "0123 4567")
    (False, True, True)
    >>> is_left("1 The Green", "is [STREET_0A1B] the right street", "is the right street")
    False
    """
    seen = PLACEHOLDER.sub(" ", plain_text(text))
    left = Counter(_tokens(seen)) - Counter(_tokens(around))
    words = set(left) | {word.removesuffix("s") for word in left}
    digits = "".join(filter(str.isdecimal, value))
    return bool(_forms(value) & words) or (len(digits) > 6 and digits in re.sub(r"\D", "", seen))


def texts(pages: Iterable[tuple[str, bytes]], events: pl.DataFrame, only_kept: bool = False) -> dict[Place, str]:
    """Place -> what stands there: an element's text and attributes, an event's column.

    With `only_kept` without what goes from every page by its name alone (pictures, data of scripts, parameters of addresses): whoever
    counts what was masked needlessly must not count that.
    """
    found: dict[Place, str] = {}
    for page_id, page in pages:
        for element in parse(page).iter("*"):
            if number := element.get("data-eid"):
                found[page_id, number] = _written(element, only_kept)
    for row in events.select("event_id", "value", "url").iter_rows(named=True):
        found[row["event_id"], "value"] = row["value"] or ""
        found[row["event_id"], "url"] = reduce_url(row["url"] or "") if only_kept else row["url"] or ""
    return found


def share_of_targets_altered(before: pl.DataFrame, after: pl.DataFrame) -> float:
    """Of the events with a target, those whose target says something else than it did."""
    both = before.select("event_id", "target").join(after.select("event_id", "target"), on="event_id").drop_nulls()
    n_altered: int = sum(
        json.loads(old) != json.loads(new) for old, new in both.select("target", "target_right").rows()
    )
    return round(float(n_altered) / max(both.height, 1), 4)


def _written(element: etree._Element, only_kept: bool) -> str:
    said: list[Any] = [(name, value) for name, value in element.items() if name not in ("data-eid", "class", "type")]
    if only_kept:
        policies = {name: attribute_policy(name) for name, _ in said}
        said = [
            (name, reduce_url(value) if policies[name] == "url" else value)
            for name, value in said
            if policies[name] != "drop"
        ]
    return " ".join([*(value for _, value in said), *map(str, element.itertext())])


def _forms(value: str) -> set[str]:
    """The words that tell the value: not numbers of one or two digits, which may be anything; names in ASCII too."""
    words = {word for word in _tokens(value) if len(word) > 2 or not word.isdecimal()}
    return words | ({plain_letters(word) for word in value.split()} - {""})


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(plain_text(text).casefold())


def _lost(before: str, after: str) -> Counter[str]:
    return Counter(_tokens(before)) - Counter(_tokens(PLACEHOLDER.sub(" ", after)))


def _recall(mentions: Iterable[Mention], is_masked: Mapping[Place, bool], of: Mapping[str, object]) -> float:
    """The share of entities all of whose mentions that fit `of` are masked."""
    entities: dict[tuple[str, str, str], bool] = defaultdict(lambda: True)
    for mention in mentions:
        if all(getattr(mention, name) == value for name, value in of.items()):
            entities[mention.entity] &= is_masked[mention.place]
    return round(sum(entities.values()) / len(entities), 4) if entities else 1.0


def _split(mentions: list[Mention], is_masked: Mapping[Place, bool], by: str) -> dict[str, dict[str, float]]:
    return {
        whose: {
            part: _recall(mentions, is_masked, {"whose": whose, by: part})
            for part in sorted({getattr(mention, by) for mention in mentions if mention.whose == whose})
        }
        for whose in ("own", "third_party")
    }
