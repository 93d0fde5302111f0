"""Personal data that its own shape gives away, each with a check: e-mail, phone, card, IP, IBAN, and the numbers of ids.py.

They hold anywhere on a page, so they must leave titles, prices, model numbers, ASINs and GTINs alone. What is personal only
because of where it stands (a name, a street, a town, a postcode) belongs to zones.py.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shopcart_assets.privacy.decoding import INVISIBLE, Decoded, decode, plain_text
from shopcart_assets.privacy.ids import ACCOUNT, ORDER, ORDER_HINT, Finder, cued_ids, has_cue, matches, postal
from shopcart_assets.privacy.phones import phones
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import PLACEHOLDER, Kind, load_rules


@dataclass(frozen=True)
class Finding:
    """One replaced value: never the value itself. `place` is text, attribute:<name>, url, value, target or optimal."""

    kind: Kind
    detector: str
    place: str
    placeholder: str


@dataclass(frozen=True)
class Span:
    """A piece of a text that is personal: `text[start:end]`, and its decoded value."""

    start: int
    end: int
    kind: Kind
    detector: str
    value: str


class Taken:
    """The places of a text that are found already: asked and told in the time of the span, however many there are."""

    def __init__(self, text: str) -> None:
        self._is_taken = bytearray(len(text))
        for match in PLACEHOLDER.finditer(text):
            self.take(*match.span())

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing of `text[start:end]` is taken."""
        return 1 not in self._is_taken[start:end]

    def take(self, start: int, end: int) -> None:
        """Takes `text[start:end]`."""
        self._is_taken[start:end] = b"\1" * (end - start)


# Cheap and wide: a text in which this is not found holds no pattern. Each branch begins with one of few characters, so that
# the search skips fast: an at sign, a sign or a digit that may be escaped, six digits with at most three signs between two, colons.
PREFILTER = re.compile(
    r"@|%(?:25)*(?:40|2[BDEbde]|3\d)|\\[ux](?:00)?(?:40|2[0-9A-Fa-f]|3\d)|&(?:amp;)*(?:#|commat)|\d(?:[^\w\x00]{0,3}\d){5}"
    r"|\d\.\d{1,3}\.\d{1,3}\.|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:|1Z[0-9A-Z]{4}|\.account\.|[\uff00-\uff5e"
    + INVISIBLE
    + "]"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}")
_CARD = re.compile(r"(?<![\w.-])(?:\d{4}([ .-]?|  )\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -]?)\d{6}\2\d{4,5})(?![\w-])")
_CARD_ISSUER = re.compile(
    r"(?:4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d|759|76[1-3])\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|3(?:0[0-5]|[68]\d)\d{11})"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_IP = re.compile(
    r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)|(?<![\w:.])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"
)
_VERSION_BEFORE = re.compile(r"(?i)(?:\bv|version|firmware|bios|release)\W{0,3}$")
# Begun by a character of a few, these are looked for several times as fast as what they stand for.
_CARD_HINT = re.compile(r"\d{4}[ .-]{0,2}\d{4}")
_SEVEN_DIGITS = re.compile(r"\d(?:\W{0,3}\d){6}")
_FILE_SUFFIXES = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "css", "js", "mp", "html", "json", "woff", "ico"}
)


def find_patterns(text: str) -> list[Span]:
    """All personal data of a known shape in the text, left to right, not overlapping: the earlier pattern in `_FINDERS` wins.

    >>> [(span.kind, span.value) for span in find_patterns("mail ann%40example.com, not logo@2x.png")]
    [('email', 'ann@example.com')]
    """
    if not PREFILTER.search(text):
        return []
    plain = plain_text(text)
    taken = Taken(plain)
    found: list[tuple[int, int, Kind]] = []
    for kind, may_be_in, finder in _FINDERS:
        for start, end in finder(plain) if may_be_in(plain) else ():
            if taken.is_free(start, end):
                taken.take(start, end)
                found.append((start, end, kind))
    decoded = decode(text) if found else Decoded(text)
    return [
        Span(*decoded.original(start, end), kind, f"pattern:{kind}", plain[start:end])
        for start, end, kind in sorted(found)
    ]


def scrub_text(text: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    """The text with its patterns replaced, and what was found. A second call finds nothing more."""
    findings: list[Finding] = []
    # A replaced neighbour can free a boundary for the next match; each round leaves fewer letters that are not placeholders.
    while spans := find_patterns(text):
        text, more = replace(text, spans, place, pseudonyms)
        findings += more
    return text, findings


def replace(text: str, spans: list[Span], place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    """The text with its spans (in order, apart from each other) replaced by placeholders."""
    pieces, findings, position = [], [], 0
    for span in spans:
        placeholder = pseudonyms.placeholder(span.kind, span.value)
        findings.append(Finding(span.kind, span.detector, place, placeholder))
        pieces += [text[position : span.start], placeholder]
        position = max(position, span.end)
    return "".join((*pieces, text[position:])), findings


def has_luhn_checksum(digits: str) -> bool:
    """Whether the digits end in their Luhn check digit (ISO/IEC 7812-1).

    >>> has_luhn_checksum("4111111111111111"), has_luhn_checksum("4111111111111112")
    (True, False)
    """
    doubled = [int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(reversed(digits))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def has_iban_checksum(iban: str) -> bool:
    """Whether an IBAN without spaces is 1 modulo 97 (ISO 13616).

    >>> has_iban_checksum("GB82WEST12345698765432")
    True
    """
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _emails(text: str) -> Iterator[tuple[int, int]]:
    yield from (
        match.span() for match in _EMAIL.finditer(text) if match[0].rsplit(".", 1)[1].lower() not in _FILE_SUFFIXES
    )


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _CARD_ISSUER.fullmatch(digits) and has_luhn_checksum(digits):
            yield match.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        length = load_rules().iban_lengths.get(match[0][:2], 0)
        letters = [place for place, letter in enumerate(match[0]) if letter not in " -"]
        if 0 < length <= len(letters) and has_iban_checksum("".join(match[0][place] for place in letters[:length])):
            yield match.start(), match.start() + letters[length - 1] + 1


def _ips(text: str) -> Iterator[tuple[int, int]]:
    for match in _IP.finditer(text):
        try:
            is_global = ipaddress.ip_address(match[0]).is_global
        except ValueError:
            continue
        if is_global and not _VERSION_BEFORE.search(text, max(0, match.start() - 60), match.start()):
            yield match.span()


# Kind, a cheap test whether it can be in a text, and the finder. The earlier wins where two overlap.
_FINDERS: tuple[tuple[Kind, Callable[[str], object], Finder], ...] = (
    ("email", lambda text: "@" in text, _emails),
    ("order", ORDER_HINT.search, matches(ORDER)),
    ("order", has_cue("order"), cued_ids("order")),
    ("order", _SEVEN_DIGITS.search, postal),
    ("iban", _SEVEN_DIGITS.search, _ibans),
    ("card", _CARD_HINT.search, _cards),
    ("account", lambda text: ".account." in text, matches(ACCOUNT)),
    ("account", has_cue("account"), cued_ids("account")),
    ("phone", _SEVEN_DIGITS.search, phones),
    ("ip", lambda text: text.count(".") > 2 or text.count(":") > 1, _ips),
)
