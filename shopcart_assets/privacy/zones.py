"""What is personal because of where it stands: names, streets, towns and postcodes in the zones that rules.yaml describes.

Takes one text of a zone at a time and keeps the page's own words (`Deliver to`, `Sign in`). Which elements are a zone is
looked up by page.py; data with a shape of its own belongs to patterns.py.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import zip_longest

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.decoding import decode
from shopcart_assets.privacy.free_text.lexicon import load_lexicon
from shopcart_assets.privacy.free_text.streets import streets_in
from shopcart_assets.privacy.patterns import Finding, Span, find_patterns, replace, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms, kind_of_placeholder
from shopcart_assets.privacy.rules import PLACEHOLDER, Kind, Zone, load_rules

Piece = tuple[int, int, Kind]

_NAME_WORD = re.compile(r"[^\W_]+")
_WORD = re.compile(r"\w(?:.*\w)?[.]?", re.DOTALL)
_POSTCODE = re.compile(
    r"\b(?:\d{5}(?:-\d{3,4})?|\d{6}|\d{4}-\d{3}|\d{4}(?: ?[A-Z]{2})?|\d{3}-\d{4}|\d{3} \d{2,3}|\d{2}-\d{3}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d[\dW] ?[A-Z\d]{4})\b"
)
# No address is longer than 80 characters; without a bound, a long text of digits takes time by its square.
_STREET = re.compile(
    r"\d.{0,80}\b(?:st|street|ave?|avenue|rd|road|blvd|boulevard|ln|lane|dr|drive|ct|court|way|pl|place|ter|terrace|sq|square|hwy|pkwy|close|crescent|row)\b"
    r"|\b(?:rue|calle|via|viale|plaza|piazza|paseo|avenida|apt|apartment|unit|suite|flat|po box)\b.{0,80}\d"
    r"|(?:straße|strasse|str\.|weg|platz|allee|gasse|straat|laan)\s*\d",
    re.IGNORECASE,
)
_WORDS = r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,5}"
_STREET_LINE = re.compile(  # 5 The Green, 575, Shivaji Path, 5 St Aidan's Close: taken whole, for `the` and `'s` end a value elsewhere
    rf"\s*(?P<street>\d{{1,4}}[a-zA-Z]?,? (?=[^\d,]*(?i:\b(?:the|of|and|on|in|at|home|store)\b)){_WORDS}"
    rf"|(?:\d{{1,5}}[a-zA-Z]?,|\d{{1,3}}[a-zA-Z]?) {_WORDS}|{_WORDS} \d{{1,3}}[a-zA-Z]? ?# ?\d{{1,3}}[a-zA-Z]? ?- ?\d{{1,3}}|{_WORDS}(?:,? n[°º]\.?|,)? \d{{1,4}}[a-zA-Z]?)\s*"
)
_NUMBERED_STREET = re.compile(rf"(?:^|, )(?P<street>{_WORDS}, \d{{1,4}}[a-zA-Z]?)(?=,)")
_MIN_PHONE = 9  # digits, where nothing else is written
_STATE = re.compile(r"[A-Z]{2,3}")
_LONG_NUMBER = re.compile(r"(?<![\w.,$€£-])(?=[\w-]*\d{4})[A-Z0-9][A-Z0-9-]{3,24}(?![\w-]|[.,]\d)")


def find_in_zone(text: str, zone: Zone) -> list[Span]:
    """The personal pieces of a text that stands in the zone, left to right.

    >>> from shopcart_assets.privacy.rules import rules_of
    >>> deliver_to = next(zone for zone in rules_of("").zones if zone.zone == "deliver_to")
    >>> [(span.kind, span.value) for span in find_in_zone("Deliver to Ann Lee - Springfield 12345", deliver_to)]
    [('name', 'Ann Lee'), ('city', 'Springfield'), ('postcode', '12345')]
    """
    decoded = decode(text)
    pieces = _whole(decoded.text, zone) if zone.whole else _pieces(decoded.text, zone)
    if zone.first:
        pieces = [] if PLACEHOLDER.search(decoded.text) else pieces[:1]
    return [
        Span(*decoded.original(start, end), kind, f"zone:{zone.zone}", decoded.text[start:end])
        for start, end, kind in pieces
    ]


def scrub_zone_text(
    text: str, zone: Zone, place: str, pseudonyms: Pseudonyms, values: dict[str, str]
) -> tuple[str, list[Finding]]:
    """A zone's text with patterns and personal pieces replaced. `values` collects value -> placeholder; keep it in memory."""
    findings: list[Finding] = []
    if spans := find_patterns(text):
        values.update((span.value, pseudonyms.placeholder(span.kind, span.value)) for span in spans)
        text, findings = scrub_text(text, place, pseudonyms)
    spans = find_in_zone(text, zone)
    values.update((span.value, pseudonyms.placeholder(span.kind, span.value)) for span in spans)
    text, more = replace(text, spans, place, pseudonyms)
    return text, findings + more


def has_postcode(text: str) -> bool:
    """Whether a postcode of any country that we know stands in the text of a zone."""
    return _POSTCODE.search(text) is not None


def scrub_name(name: str, values: Mapping[str, str]) -> tuple[str, list[Finding]]:
    """A hierarchical name, which was made of the texts in its element, with the zone values in it replaced, the longest first.

    >>> scrub_name("nav_bar.deliver_to_ann_lee", {"Ann": "[NAME_0001]", "Ann Lee": "[NAME_7F3A]"})[0]
    'nav_bar.deliver_to_name_7f3a'
    """
    findings = []
    for value in sorted(values, key=len, reverse=True):
        placeholder = values[value]
        if words := r"[\W_]+".join(map(re.escape, _NAME_WORD.findall(value))):
            name, n = re.subn(rf"(?<![^\W_]){words}(?![^\W_])", placeholder[1:-1].lower(), name, flags=re.IGNORECASE)
            findings += [Finding(kind_of_placeholder(placeholder), "zone:name", "attribute:name", placeholder)] * n
    return name, findings


def _whole(text: str, zone: Zone) -> list[Piece]:
    """The text as one piece, unless only words of the page and placeholders are in it."""
    plain = _WORD.search(text)
    if zone.kind is None or plain is None or not any(_segments(text)) or PLACEHOLDER.search(text):
        return []
    return [(*plain.span(), zone.kind)]


def _pieces(text: str, zone: Zone) -> list[Piece]:
    if not zone.places:
        return _between(text, zone)
    if street := street_line(text):
        return [(*street, "street")]
    found: list[Piece] = []
    position = 0
    # Viale dei Mille, 329, in an address of one line; 266 Hickory Lane, where no number stands behind.
    numbered = [one.span("street") for one in _NUMBERED_STREET.finditer(text)]
    for start, end in numbered or streets_in(text):
        found += _moved(_between(text[position:start], zone), position)
        found.append((start, end, "street"))
        position = end
    behind = _moved(_between(text[position:], zone), position)
    if found and zone.kind == "city" and any(kind in ("city", "postcode") for _, _, kind in behind):
        # Ann Lee, 5 Elm Street, Salem: the town is behind.
        found = [(start, end, "name" if kind == "city" else kind) for start, end, kind in found]
    return found + behind


def _moved(pieces: list[Piece], by: int) -> list[Piece]:
    return [(start + by, end + by, kind) for start, end, kind in pieces]


def _between(text: str, zone: Zone) -> list[Piece]:
    """The pieces of a text, or of what stands between two streets."""
    found: list[Piece] = []
    segments = list(_segments(text))
    for (start, end, is_cued), following in zip_longest(segments, segments[1:], fillvalue=(0, 0, False)):
        kind = "name" if is_cued else zone.kind
        if zone.places:
            is_town = (
                not is_cued and _POSTCODE.search(text[following[0] : following[1]]) is not None
            )  # Springfield, IL 62701
            found += _place(text, start, end, "city" if is_town and kind else kind)
        elif kind and not text[start:end].isdecimal() and not _is_letter(text[start:end]):
            found.append((start, end, kind))
        elif zone.number:
            found += _numbers(text, start, end, zone.number)
    return found


def _segments(text: str) -> Iterator[tuple[int, int, bool]]:
    """Runs between words of the page and separators that hold a letter or a long number: start, end, and whether a cue stands before."""
    position, is_cued = 0, False
    for boundary in (*_boundary_pattern().finditer(text), None):
        end = boundary.start() if boundary else len(text)
        if (words := _WORD.search(text, position, end)) and (
            re.search(r"[^\W\d_]|\d{4}|(?:\d\W?){9}", words[0]) or _POSTCODE.fullmatch(words[0])
        ):
            yield *words.span(), is_cued
            is_cued = False
        if boundary:
            position = boundary.end()
            is_cued = _cue_pattern().fullmatch(boundary[0]) is not None or (is_cued and boundary[0] in ":\n")


def _place(text: str, start: int, end: int, kind: Kind | None) -> Iterator[Piece]:
    """A segment of an address: a street, or a town with its postcode, or what it is by its zone or cue."""
    segment = text[start:end]
    if sum(map(str.isdecimal, segment)) >= _MIN_PHONE and not any(map(str.isalpha, segment)):
        yield start, end, "phone"
        return
    postcode = None if _STREET.search(segment) else _POSTCODE.search(segment)
    if postcode:
        inside = (start + postcode.start(), start + postcode.end())
        yield from _town(text, start, inside[0]) if kind else ()
        yield *inside, "postcode"
        yield from _town(text, inside[1], end) if kind else ()
    elif kind and any(map(str.isdigit, segment)):
        yield start, end, "street"
    elif kind and not _is_letter(segment):
        yield start, end, "name" if kind == "city" and _is_person(segment) else kind


def _is_person(segment: str) -> bool:
    """Whether it is a name where a town might stand: `Ship to Ann Lee`."""
    lexicon, words = load_lexicon(), segment.split()
    return len(words) > 1 and lexicon.is_given(words[0]) and not lexicon.is_word(words[0])


def street_line(text: str) -> tuple[int, int] | None:
    """Where the street stands in a text that is nothing else, words of the page before it apart."""
    start = 0
    while words := _boundary_pattern().match(text, start):  # only at once: a street may begin with such a word
        start = words.end()
    street = _STREET_LINE.fullmatch(text, start)
    is_town = street and "#" not in text and _STREET.search(text) is None and re.search(r"\d{4}", text)  # Wien 1010
    return street.span("street") if street and not is_town else None


def _is_letter(segment: str) -> bool:
    """The `T` of `T: 030 1234`; in other writing a name may be as short."""
    return len(segment) == 1 and segment.isascii()


def _town(text: str, start: int, end: int) -> Iterator[Piece]:
    """The words beside a postcode, unless they are the letters of a state."""
    if (words := _WORD.search(text, start, end)) and not _STATE.fullmatch(words[0]):
        yield *words.span(), "city"


def _numbers(text: str, start: int, end: int, kind: Kind) -> Iterator[Piece]:
    """Long numbers of a zone whose words stay: four digits are enough for the end of a card, an order id has six."""
    for match in _LONG_NUMBER.finditer(text, start, end):
        if kind == "card" or sum(map(str.isdigit, match[0])) >= 6:
            yield *match.span(), kind


@lru_cache(maxsize=1)
def _boundary_pattern() -> re.Pattern[str]:
    """What ends a personal segment inside a zone: words of the page itself, cues, dates, placeholders, separators."""
    rules = load_rules()
    starts = (start for zone in rules.zones for shape in zone.texts for start in shape.starts)
    words = phrases({*rules.chrome, *rules.cues, *starts})
    month = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-zé]{0,6}"
    date = rf"(?:\d{{1,2}}\.? {month}|{month} \d{{1,2}})(?:,? \d{{4}})?"
    return re.compile(
        rf"{PLACEHOLDER.pattern}|(?<!\w)(?<!\w-)(?:{date}|{words})(?!\w|-\w)|(?<=[\w\]])['’]s\b|[,;|·•:()\[\]\"“”\n/?!]|\s[-–—](?=\s|$)",
        re.IGNORECASE,
    )


@lru_cache(maxsize=1)
def _cue_pattern() -> re.Pattern[str]:
    """What a person's name follows, such as `deliver to`."""
    return re.compile(phrases(load_rules().cues), re.IGNORECASE)
