"""The scrubber's knowledge as typed values: `rules.yaml`, validated and compiled once.

Only how rules are written and looked up. What is done with a text that a rule names belongs to zones.py and page.py.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.alternatives import CAPITALS, any_glob, phrases

Kind = Literal[
    "name",
    "street",
    "city",
    "postcode",
    "phone",
    "email",
    "card",
    "order",
    "account",
    "ip",
    "iban",
    "birthday",
    "message",
    "secret",
    "restricted",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-cy", "data-qa", "data-automation-id")
ZONE_MARKERS = ("id", "class", "aria-label", "data-hook", "itemprop", *TEST_IDS)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextShape(_Data):
    """A text that is personal by its own shape: one of `starts` in any case, then the regular expression `then`."""

    starts: tuple[str, ...]
    then: str


class Zone(_Data):
    """A part of a page that is about a person: how it is recognised, and what its texts are. See `rules.yaml`."""

    zone: str
    kind: Kind | None = None
    number: Kind | None = None
    places: bool = False
    whole: bool = False
    own: bool = False
    free: bool = False
    part: bool = False
    inside: bool = False
    first: bool = False
    sites: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    data_hooks: tuple[str, ...] = ()
    itemprops: tuple[str, ...] = ()
    texts: tuple[TextShape, ...] = ()

    def marks(self, attribute: str) -> tuple[str, ...]:
        """The values of this attribute (of class: the tokens) that mark the zone."""
        test_ids = [self.classes] * len(TEST_IDS)  # developers call both alike
        marks = (self.ids, self.classes, self.labels, self.data_hooks, self.itemprops, *test_ids)
        return dict(zip(ZONE_MARKERS, marks, strict=True))[attribute]


class PersonalPath(_Data):
    """Path segments whose next segment is a person."""

    after: tuple[str, ...]
    kind: Kind
    named: bool = False


class Rules(_Data):
    """The whole of `rules.yaml`."""

    emptied_elements: frozenset[str]
    emptied_subtrees: frozenset[str]
    dropped_attributes: tuple[str, ...]
    kept_attributes: frozenset[str]
    url_attributes: frozenset[str]
    inert_attributes: frozenset[str]
    kept_meta: frozenset[str]
    kept_parameters: frozenset[str]
    personal_paths: tuple[PersonalPath, ...]
    common_segments: frozenset[str]
    restricted_segments: tuple[str, ...]
    fields: dict[Kind, tuple[str, ...]]
    whole_fields: frozenset[str]
    label_words: frozenset[str]
    no_values: frozenset[str]
    asking_words: frozenset[str]
    searching_words: frozenset[str]
    counting_words: frozenset[str]
    zones: tuple[Zone, ...]
    shop_marks: tuple[str, ...]
    sign_out: tuple[str, ...]
    company_words: tuple[str, ...]
    person_marks: tuple[str, ...]
    cues: tuple[str, ...]
    chrome: tuple[str, ...]
    phone_regions: tuple[str, ...]
    phone_cues: tuple[str, ...]
    iban_lengths: dict[str, int]

    @cached_property
    def kind_of_field(self) -> dict[str, Kind]:
        """An input's autocomplete, name or id -> the kind of what is typed there."""
        return {name: kind for kind, names in self.fields.items() for name in names}

    @cached_property
    def wide_sign_out(self) -> str:
        """A pattern for Polars: a text that offers to sign out and nothing else."""
        return rf"^\s*(?i:{phrases(self.sign_out)})\s*$"

    @cached_property
    def page_words(self) -> frozenset[str]:
        """Single words of pages that stand for no person: of labels, fields and the page itself."""
        said = {*self.chrome, *self.label_words, *self.no_values, *self.kind_of_field}
        return frozenset(word for phrase in said for word in re.split(r"[\W_]+", phrase) if word)

    @cached_property
    def wide_labels(self) -> str:
        """A pattern for Polars: a text in which a word of such a label stands at the end or before a colon."""
        ends = phrases({re.split(r"[_ -]", name)[-1] for name in self.kind_of_field})
        return rf"(?i:{ends})[\s*?]{{0,4}}(?:$|:)"

    @cached_property
    def dropped(self) -> re.Pattern[str]:
        """Names of attributes that are dropped."""
        return any_glob(self.dropped_attributes)

    @cached_property
    def of_shop(self) -> re.Pattern[str]:
        """An id or a class of an element about a shop, a seller, a maker, and not about who buys."""
        return any_glob(self.shop_marks)

    @cached_property
    def restricted(self) -> re.Pattern[str]:
        """Addresses of login, account and checkout pages: a whole segment of the path, with or without an ending."""
        return re.compile(
            r"^(?:[a-z]+:)?(?://)?[^/?#]*/(?:[^?#]*/)?"
            + phrases(self.restricted_segments)
            + r"(?:\.\w{2,5})?(?=[/?#;]|$)",
            re.IGNORECASE,
        )


@dataclass(frozen=True)
class SiteRules:
    """The zones of one site, with answers remembered: pages repeat a few hundred class values thousands of times."""

    zones: tuple[Zone, ...]
    _seen: dict[tuple[str, str], Zone | None] = field(default_factory=dict)

    def zone_of(self, attribute: str, value: str) -> Zone | None:
        """The zone that this attribute, one of `ZONE_MARKERS`, marks; a class by each of its tokens."""
        key = (attribute, value)
        if key not in self._seen:
            if len(self._seen) > 50_000:
                self._seen.clear()
            tokens = value.lower().split() if attribute == "class" else [value.lower().strip()]
            self._seen[key] = self._look_up(attribute, tokens)
        return self._seen[key]

    def _look_up(self, attribute: str, tokens: list[str]) -> Zone | None:
        any_zone, zones = self._globs[attribute]
        if not any(map(any_zone.match, tokens)):
            return None
        return next(zone for zone, globs in zones if any(map(globs.match, tokens)))

    def zone_of_text(self, text: str) -> Zone | None:
        """The zone that a text is by its own shape, such as `Hello, Ann`."""
        plain = " ".join(text.split()) if self._text_starts.match(text) else ""
        fits = plain and len(plain) <= 120
        return next((zone for zone, shape in self._shapes if shape.fullmatch(plain)), None) if fits else None

    @cached_property
    def _globs(self) -> dict[str, tuple[re.Pattern[str], list[tuple[Zone, re.Pattern[str]]]]]:
        """Attribute -> one pattern for all its zones, tried first, and one a zone."""
        marked = {name: [(zone, zone.marks(name)) for zone in self.zones if zone.marks(name)] for name in ZONE_MARKERS}
        return {
            name: (
                any_glob(glob for _, globs in zones for glob in globs),
                [(zone, any_glob(globs)) for zone, globs in zones],
            )
            for name, zones in marked.items()
        }

    @cached_property
    def wide_marks(self) -> str:
        """A pattern for Polars: what every attribute fits, in lower case, that marks a zone, and a few more."""
        globs = {glob.lower() for zone in self.zones for name in ZONE_MARKERS for glob in zone.marks(name)}
        return "|".join(sorted({re.escape(max(glob.split("*"), key=len)) for glob in globs}))

    @cached_property
    def _any_start(self) -> str:
        return phrases({start for zone in self.zones for shape in zone.texts for start in shape.starts})

    @cached_property
    def _text_starts(self) -> re.Pattern[str]:
        """How a text begins that may be a zone by its own shape."""
        return re.compile(rf"\s*{self._any_start}", re.IGNORECASE)

    @cached_property
    def only_start(self) -> re.Pattern[str]:
        """A text that is nothing but the beginning of one that is a zone by its own shape, such as `Deliver to`."""
        return re.compile(rf"\s*{self._any_start}[,:]?\s*", re.IGNORECASE)

    @cached_property
    def wide_text_starts(self) -> str:
        """The same for Polars, and a few texts more: Python takes white space and the case of the last letters more widely."""
        return rf"(?i:^[\s\x00-\x1f]*{self._any_start})|[\u0130\u0131\u017f\u212a]"

    @cached_property
    def _shapes(self) -> list[tuple[Zone, re.Pattern[str]]]:
        return [
            (zone, re.compile(f"(?i:{phrases(shape.starts)}){shape.then.replace('{A}', CAPITALS)}"))
            for zone in self.zones
            for shape in zone.texts
        ]


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules that come with the package. Raises pydantic.ValidationError where the file does not fit its model."""
    return Rules.model_validate(yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8")))


@lru_cache(maxsize=256)
def rules_of(host: str, own: tuple[Zone, ...] = ()) -> SiteRules:
    """The zones that hold on a host: those that a user has declared, the generic ones and the site's own."""
    zones = (*own, *load_rules().zones)
    return SiteRules(tuple(zone for zone in zones if not zone.sites or any(site in host for site in zone.sites)))


PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(kind.upper() for kind in KINDS)})_[0-9A-F]{{4}}\]")
