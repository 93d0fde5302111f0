"""Made-up traffic with known personal data in known places: events, pages, and the list of what was planted where.

Nothing is scrubbed or judged here.
"""

import datetime as dt
import html
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.benchmark.people import Person, SetName, make_person
from shopcart_assets.privacy.benchmark.templates import Channel, Template, load_templates, plain
from shopcart_assets.privacy.rules import Kind
from shopcart_assets.traffic.sample_shop.catalogue import ADJECTIVES, NOUNS

Whose = Literal["own", "third_party"]
SEARCH = "https://shop.example/s?k=mugs"
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_CHANNELS: tuple[Channel, ...] = ("text", "attribute", "url", "json", "event")
_OTHER_PEOPLE = 3
_TITLES_A_PAGE = 12


@dataclass(frozen=True)
class Mention:
    """One planted value: `place` is a page's element (`page_id`, `data-eid`) or an event's column (`event_id`, column).

    `written` is how the value stands there, `around` what stands there without it; `is_told` says whether a zone of the user shows
    the value too.
    """

    user_id: str
    whose: Whose
    kind: Kind
    value: str = field(repr=False)
    written: str = field(repr=False)
    channel: Channel
    place: tuple[str, str]
    around: str
    is_told: bool

    @property
    def entity(self) -> tuple[str, str, str]:
        """What has to be masked at all its mentions."""
        return self.user_id, self.kind, self.value


@dataclass
class Planted:
    """The traffic, what was planted in it, and the titles (place -> text) in which nothing was."""

    seed: int
    set_name: SetName
    titles: Sequence[str]
    mentions: list[Mention] = field(default_factory=list)
    negatives: dict[tuple[str, str], str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """As traffic.events and traffic.pages."""
        return (
            pl.DataFrame(self.events, schema=table("traffic.events").schema()),
            pl.DataFrame(self.pages, schema=table("traffic.pages").schema()),
        )

    @property
    def n_bytes(self) -> int:
        """Bytes of HTML."""
        return sum(len(page["html"]) for page in self.pages)


def sample_titles() -> list[str]:
    """What the sample shop sells."""
    return [f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]


def plant(n_users: int, seed: int, titles: Sequence[str] = (), set_name: SetName = "development") -> Planted:
    """Traffic of `n_users` users, one page with zones and two without each. `titles` join the sample shop's as negatives."""
    planted = Planted(seed, set_name, [*sample_titles(), *titles])
    for number in range(n_users):
        _User(planted, f"u{number}", random.Random(f"{seed}:{number}")).visit()
    return planted


class _User:
    """One user's pages and events, added to the traffic."""

    def __init__(self, planted: Planted, user_id: str, rng: random.Random) -> None:
        self.planted, self.user_id, self.rng = planted, user_id, rng
        self.templates = load_templates(planted.set_name)
        self.me = make_person(rng, planted.set_name)
        self.zones = rng.sample(self.templates.zones, 2)
        self.told = {
            value for name, (_, value) in self.me.values().items() if any(f"{{{name}}}" in one for one in self.zones)
        }
        self.others = [make_person(rng, planted.set_name) for _ in range(_OTHER_PEOPLE)]

    def visit(self) -> None:
        """The own values are spread over the first two pages, the others' over the third; zones are on the first only."""
        mentions = [*self._mentions(self.me, self.templates.own, "own", n=3)]
        bodies = [[self._zones()], [], []]
        for other in self.others:
            for mention in self._mentions(other, self.templates.third_party, "third_party", n=2):
                self._add(*mention, bodies[2], "third_party", 2)
        for index, mention in enumerate(mentions):
            self._add(*mention, bodies[index % 2], "own", index % 2)
        for number, body in enumerate(bodies):
            self._page(number, body)

    def _mentions(
        self, person: Person, templates: dict[Channel, tuple[Template, ...]], whose: Whose, n: int
    ) -> Iterator[tuple[Kind, str, Channel, Template]]:
        """Of each value that the templates can hold `n` places, in as many channels as there are."""
        for name, (kind, value) in person.values().items():
            fitting = {
                channel: [one for one in templates[channel] if one.fits(name, person.locale)]
                for channel in _CHANNELS
                if any(one.fits(name, person.locale) for one in templates[channel])
            }
            for channel in self.rng.sample(sorted(fitting), min(n, len(fitting))):
                yield kind, value, channel, self.rng.choice(fitting[channel])

    def _add(
        self, kind: Kind, value: str, channel: Channel, template: Template, body: list[str], whose: Whose, page: int
    ) -> None:
        number = f"m{len(self.planted.mentions)}"
        place = (self._page_id(page), number)
        written = template.written(value)
        if template.html:
            body.append(template.element(written, number))
        else:
            place = (number, "value" if template.value else "url")
            typed, url = plain(template.value, written) or None, plain(template.url, written) or SEARCH
            self._event(number, page, event_type="submit", value=typed, url=url)
        around = template.element("", "") + template.value + template.url
        self.planted.mentions.append(
            Mention(self.user_id, whose, kind, value, written, channel, place, around, value in self.told)
        )

    def _zones(self) -> str:
        filled = {name: html.escape(value) for name, (_, value) in self.me.values().items()}
        return "".join(zone.format(**filled) for zone in self.zones)

    def _page(self, number: int, body: list[str]) -> None:
        """A page with product titles among what was planted, and a click on each title."""
        page_id = self._page_id(number)
        namesake = f"{self.me.family} Cushion Cover, Pack of 2"  # goods that are called like the user
        for title in [*self.rng.choices(self.planted.titles, k=_TITLES_A_PAGE), namesake]:
            eid = f"t{len(self.planted.negatives)}"
            self.planted.negatives[page_id, eid] = title
            body.append(f'<h2><a data-eid="{eid}" href="/dp/{eid}">{html.escape(title)}</a></h2>')
            target = json.dumps({"node_id": eid, "tag": "a", "text": title, "href": f"/dp/{eid}"}, ensure_ascii=False)
            self._event(f"{self.user_id}-{eid}", number, target=target, event_type="click", url=SEARCH)
        text = f"<!DOCTYPE html><html><head><title>Mugs</title></head><body>{''.join(body)}</body></html>"
        self.planted.pages.append({"page_id": page_id, "url": SEARCH, "html": text.encode(), "format": "raw"})

    def _event(self, event_id: str, page: int, **more: Any) -> None:
        moment = _START + dt.timedelta(seconds=len(self.planted.events))
        shared = {"event_id": event_id, "user_id": self.user_id, "session_id": self.user_id, "timestamp": moment}
        self.planted.events.append(shared | {"page_id": self._page_id(page)} | more)

    def _page_id(self, number: int) -> str:
        return f"{self.user_id}-p{number}"
