"""The guard of goods: where on a page they are described, and which words are theirs, so that a user called Rose spoils no title.

Knowledge is in catalogue.yaml, and in the day's own pages: a word in the titles of several users' pages is no one's name.
Which values are looked for belongs to gazetteer.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml
from lxml import etree
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.alternatives import CAPITALS, any_glob, phrases

MIN_USERS = 3  # whose catalogues share a word before it is taken for a word of the trade
_MARKS = ("id", "class", "data-hook", "itemprop")
_WHOLE_PAGE = frozenset(
    {"html", "body", "main", "form"}
)  # marked with what the page is about, not with what is in them
_SENTENCE_BEFORE = re.compile(
    rf"(?<!\w)(?:[^\W\d_{CAPITALS}]+|For|To|From|With|By|And|Für|Von|Mit|Pour|De|Avec|Para|Con|Per|Da|Voor|Van|[ei]\.g\.|z\. ?B\.|p\. ?ex\.|ex:) $|(?:^|[.!?] )\s*[-–—~] ?$"  # - Rose
)
_SENTENCE_AFTER = re.compile(rf"\s*(?:$|[.,;:!?)’'”\"]|\s[^\W\d_{CAPITALS}])")
_WORD = re.compile(r"[^\W_]+")


class CatalogueRules(BaseModel):
    """The whole of `catalogue.yaml`. Words and cues are in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tags: frozenset[str]
    marks: tuple[str, ...]
    segments: frozenset[str]
    product_segments: frozenset[str]
    cues_before: tuple[str, ...]
    cues_after: tuple[str, ...]
    words: frozenset[str]

    @cached_property
    def mark(self) -> re.Pattern[str]:
        """An id, a class, a data-hook or an itemprop of an element about goods."""
        return any_glob(self.marks)

    @cached_property
    def before(self) -> re.Pattern[str]:
        """A cue at the end of what stands before a value."""
        return re.compile(rf"(?<!\w){phrases(self.cues_before)}\s{{1,3}}$", re.IGNORECASE)

    @cached_property
    def belongs(self) -> re.Pattern[str]:
        """What stands in a heading about what is somebody's, such as `Ann’s wish list`."""
        return re.compile(rf"['’]s?[\s_-]{{1,3}}{phrases(self.cues_after)}(?!\w)", re.IGNORECASE)

    @cached_property
    def after(self) -> re.Pattern[str]:
        """A cue at the beginning of what stands after a value."""
        owned = rf"(?:['’]s?|s)[\s_-]{{1,3}}{phrases(self.cues_after)}"
        return re.compile(rf"(?:{owned}|,\s(?:your|you|thanks|thank you|welcome))(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=1)
def load_catalogue() -> CatalogueRules:
    """The rules that come with the package."""
    return CatalogueRules.model_validate(yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text("utf-8")))


def is_catalogue(element: etree._Element) -> bool:
    """Whether the element stands where goods are described."""
    return any(_is_marked(one) for one in (element, *element.iterancestors()))


def holds_catalogue(element: etree._Element) -> bool:
    """Whether goods are described around or inside the element."""
    return is_catalogue(element) or any(_is_marked(one) for one in element.iterdescendants("*"))


def is_title(element: etree._Element) -> bool:
    """Whether the element stands in what names a product: a link to one, or what is marked as its title.

    Nobody is greeted there, so that `Hello, Dolly!` is a film.
    """
    return any(_names_goods(one) for one in (element, *element.iterancestors()))


def holds_title(element: etree._Element) -> bool:
    """Whether a product is named around or inside the element."""
    return is_title(element) or any(_names_goods(one) for one in element.iterdescendants("*"))


def is_catalogue_path(path: str) -> bool:
    """Whether the path of an address is about goods.

    >>> is_catalogue_path("/Rose-Gold-Ring/dp/B01"), is_catalogue_path("/lists/roses-list")
    (True, False)
    """
    return not load_catalogue().segments.isdisjoint(path.lower().split("/"))


def has_cue(text: str, start: int, end: int) -> bool:
    """Whether the words around show that `text[start:end]` is a person or their place.

    >>> has_cue("Hello, Rose", 7, 11), has_cue("Rose’s wish list", 0, 4), has_cue("in Rose Gold", 3, 7)
    (True, True, False)
    """
    rules = load_catalogue()
    return rules.before.search(text, max(0, start - 60), start) is not None or rules.after.match(text, end) is not None


def reads_as_name(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` has a capital of its own inside a sentence, which a word of the trade has not.

    >>> [reads_as_name(one, one.index("Rose"), one.index("Rose") + 4) for one in ("mug for Rose", "in Rose Gold", "Rose")]
    [True, False, False]
    """
    is_capital = text[start].isupper() and not text[start:end].isupper()
    return (
        is_capital
        and _SENTENCE_BEFORE.search(text[max(0, start - 40) : start]) is not None
        and _SENTENCE_AFTER.match(text, end) is not None
    )


def leads_to_goods(address: str) -> bool:
    """Whether an address is that of a product.

    >>> leads_to_goods("/Dear-Zoo/dp/B01?th=1"), leads_to_goods("/gp/css/homepage.html"), leads_to_goods("/shop/account")
    (True, False, False)
    """
    segments = address.partition("?")[0].lower().split("/")[:-1]
    return not load_catalogue().product_segments.isdisjoint(segments)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text or a value as they are compared.

    >>> words_of("New York, Ümit’s")
    ('new', 'york', 'ümit', 's')
    """
    return tuple(_WORD.findall(text.casefold()))


@dataclass(frozen=True)
class CatalogueWords:
    """Of one day: single words and pairs of words -> in how many users' catalogues they stand."""

    n_users: Mapping[tuple[str, ...], int]

    def only(self, values: Iterable[str]) -> "CatalogueWords":
        """What is known of these values.

        >>> CatalogueWords({("oslo",): 3, ("mug",): 9}).only(["Oslo", "Bath"])
        CatalogueWords(n_users={('oslo',): 3})
        """
        asked = sorted({words_of(value)[:2] for value in values})
        return CatalogueWords({words: self.n_users[words] for words in asked if words in self.n_users})

    def has(self, value: str) -> bool:
        """Whether the value, by all its words, is one of the trade.

        >>> CatalogueWords({}).has("Rose"), CatalogueWords({}).has("Quillon"), CatalogueWords({("oslo",): 3}).has("Oslo")
        (True, False, True)
        """
        words = words_of(value)
        known = len(words) == 1 and words[0] in load_catalogue().words
        return known or self.n_users.get(words[:2], 0) >= MIN_USERS


def catalogue_words(pages: Iterable[tuple[str, Iterable[str]]]) -> CatalogueWords:
    """From the titles on each page, with the user whose page it is."""
    by_user: dict[str, set[tuple[str, ...]]] = {}
    for user, titles in pages:
        goods = (title for title in titles if not load_catalogue().belongs.search(title))
        by_user.setdefault(user, set()).update(gram for title in goods for gram in _grams(title))
    counts = Counter(gram for grams in by_user.values() for gram in grams)
    return CatalogueWords({gram: count for gram, count in counts.items() if count >= MIN_USERS})


def titles_on(root: etree._Element) -> list[str]:
    """The headings of a page: where goods have their names."""
    found = root.iter("h1", "h2", "h3", "h4")
    return [" ".join("".join(map(str, one.itertext())).split()) for one in found]


def _grams(title: str) -> Iterator[tuple[str, ...]]:
    words = words_of(title)
    yield from ((word,) for word in words)
    yield from pairwise(words)


def _is_marked(element: etree._Element) -> bool:
    if element.tag in load_catalogue().tags or _names_goods(element):
        return True
    return element.tag not in _WHOLE_PAGE and any(_is_mark(value) for name in _MARKS if (value := element.get(name)))


def _names_goods(element: etree._Element) -> bool:
    if element.tag == "a":
        return leads_to_goods(element.get("href", ""))
    if element.tag in _WHOLE_PAGE:
        return False
    marks = (element.get(name, "").lower() for name in _MARKS)
    return any("product" in mark and ("title" in mark or "name" in mark) for mark in marks)


@lru_cache(maxsize=20_000)
def _is_mark(value: str) -> bool:
    return any(load_catalogue().mark.match(token) for token in value.lower().split())
