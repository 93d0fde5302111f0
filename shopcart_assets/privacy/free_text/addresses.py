"""Postal addresses in one line: the town and the postcode that stand behind a street, in the order of several countries.

What a street is belongs to streets.py; an address over several lines to blocks.py, one in a zone of its own to zones.py.
"""

import re

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.decoding import Decoded, decode
from shopcart_assets.privacy.free_text.streets import streets_in
from shopcart_assets.privacy.patterns import Span
from shopcart_assets.privacy.rules import Kind

_PARTICLE = r"(?:(?:de|du|des|la|le|les|las|los|el|del|della|di|da|do|dos|das|am|an der|ob der|bei|im|in|on|upon|by|sur|sous|en|op|aan den|aan de|aan|den|der|nad|pod|ved|y|e)[ '’-])"
_TOWN_WORD = rf"{_PARTICLE}?(?:[dlDL]['’])?[{CAPITALS}](?:[^\W\d_A-Z]+|t\.)(?:['’-][^\W\d_]+)*"
TOWN = rf"(?:{_TOWN_WORD}(?: {_TOWN_WORD}){{0,3}}|[{CAPITALS}]{{4,}}(?: [{CAPITALS}]{{4,}}){{0,2}})"
POSTCODE = (
    r"(?:(?:[A-Z]{1,2}[- ])?(?:\d{5}(?:-\d{3,4})?|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{4}-\d{3}|\d{6}|\d{4})"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d[\dW] ?[A-Z\d]{4})"
)
_STATE = r"(?:[A-Z]{2,3})"
_UNIT = (
    r"(?:(?:(?i:apt|apartment|unit|suite|ste|flat|floor|fl|etage|étage|stock|piso|int|interno|lok|m|app|apto|appt|bus|lgh|no|nr)\.?\s?"
    r"|#\s?)[\w-]{1,5}|\d{1,2}\s?[ºª°.oa]{1,2}\s?(?:[A-Za-z]{1,4}\.?)?)"
)
_GAP = r"\s*[,;·|–-]?\s+|,"
# 69003 Lyon; London NW1 6XE; Springfield, IL 62701; behind a flat or a part of the town.
_BEHIND = re.compile(
    rf"(?:\s?/\s?\d{{1,4}}[a-z]?)?(?:(?:{_GAP}){_UNIT})?(?:{_GAP})"
    rf"(?:(?P<code>{POSTCODE})(?![\w-])(?:(?:{_GAP})(?P<town>{TOWN}))?"
    rf"|(?!{_UNIT})(?:(?P<part>{TOWN}),\s)?(?P<before>{TOWN})(?:(?:{_GAP}){_STATE}|\s\({_STATE}\))?(?:{_GAP})(?P<last>{POSTCODE})(?![\w-]))"
)
_SENTENCE_END = re.compile(r"[^\W\d_]{4}\.$")  # no `St.`
_KINDS: dict[str, Kind] = {"code": "postcode", "last": "postcode", "town": "city", "part": "city", "before": "city"}
UNIT_LINE = re.compile(rf"\s*{_UNIT},?\s*")
"""A flat or a floor, and nothing else."""
# 62701 Springfield, Springfield, IL 62701 and nothing else, for Python and Polars.
TOWN_LINE = rf"^\s*(?:{POSTCODE},? {TOWN}|{TOWN},?(?: {_STATE})?,? {POSTCODE}),?\s*$"


def find_addresses(text: str) -> list[Span]:
    """The streets in a text, with the town and the postcode behind each, left to right.

    >>> [(span.kind, span.value) for span in find_addresses("send it to 266 Hickory Lane, Salem, OR 97301 please")]
    [('street', '266 Hickory Lane'), ('city', 'Salem'), ('postcode', '97301')]
    >>> [span.kind for span in find_addresses("Calle Mayor 970 is where I live")]
    ['street']
    """
    decoded = decode(text)
    found: list[Span] = []
    streets = streets_in(decoded.text)
    ends = [*(start for start, _ in streets), len(decoded.text)][1:]
    for (start, end), following in zip(streets, ends, strict=True):
        found.append(_span(decoded, start, end, "street", "street"))
        if _SENTENCE_END.search(decoded.text, start, end):
            continue
        if behind := _BEHIND.match(decoded.text, end, following):
            found += sorted(
                (
                    _span(decoded, *behind.span(name), kind, "address")
                    for name, kind in _KINDS.items()
                    if behind[name] is not None
                ),
                key=lambda span: span.start,
            )
    return found


def _span(decoded: Decoded, start: int, end: int, kind: Kind, why: str) -> Span:
    return Span(*decoded.original(start, end), kind, f"people:{why}", decoded.text[start:end])
