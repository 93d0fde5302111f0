"""Numbers of phones: by the way they are written, by the words before them, and as all that somebody typed.

Each is checked against the numbering plans of the countries whose shops we know (`phonenumbers`, Google's libphonenumber).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.rules import load_rules

_PHONE = re.compile(
    r"(?<![\w.,$€£#/=-])(?:\+\d{1,3}[ .()/-]{0,3}(?:\d[ .()/-]{0,3}){6,13}\d"  # +49 (0) 30 123456
    r"|(?:1[ .-])?\(\d{3}\)[ .-]{0,2}\d{3}[ .-]\d{4}|(?:1[ .-])?\d{3}(?:([ .-])\d{3}\1| \d{3}-)\d{4}"  # (212) 555-0100, 212-555-0100
    r"|\(\d{2}\) ?(?:9\d|[2-5])\d{3}-\d{4}|0[1-9](?:\.\d{2}){4}"  # (11) 91234-5678, (21) 2535-1001, 01.42.68.53.00
    r"|(?<!\d )\(?0\d{1,5}\)?[ /-]{1,3}\d{2,8}(?:[ -]\d{2,6}){0,4})(?![\w-]|[.,]\d)"  # 030 / 123456, 020 7946 0958
)
_CUED_NUMBER = r"(?<![\w(-])(\(?\+?\d[\d ().-]{5,18}\d)(?!\w| ?(?i:m?ah|wh|mm|cm|gb|pcs)\b)"
_TYPED = re.compile(
    r"(?<![\w.,$€£#/-])(?<!\d )(?:(?P<spaced>\+?\d{2,4}(?: \d{2,5}){2,4}|\d{2,3} \d{6,8})|[+(0][\d ()./-]{6,16}\d)(?![\w-]|[.,]\d)"
)
_LEAST, _MOST = 8, 13  # digits of a typed number
_LEAST_CUED = 8  # digits of a number behind its cue
_DATE = re.compile(r"(?:19|20)\d\d(\D?)\d\d\1\d\d$|\d\d(\D)\d\d\2(?:19|20)\d\d$")


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand, those behind a word such as `tel` in their sentence first; spans may repeat and overlap.

    Written as 212-555-0100 a number is American, behind such a word or with a leading 0 of any of the regions. `shapes.may_hold` must let
    through every text in which one is found.
    """
    anywhere = load_rules().phone_regions
    for match in _cued().finditer(text):
        n_digits = sum(map(str.isdecimal, match[1]))
        if n_digits >= _LEAST_CUED and not _DATE.match(match[1]) and is_phone(match[1], anywhere):
            yield match.span(1)
    for match in _PHONE.finditer(text):
        start = match[0].lstrip("(")
        regions = ("FR",) if "." in match[0] else anywhere
        if is_phone(match[0], regions if start[0] == "0" else ("BR",) if start[2] == ")" else ("US",)):
            yield match.span()


def is_phone(number: str, regions: Sequence[str]) -> bool:
    """Whether the number is assigned: as it stands where it begins with `+`, else in one of the regions (ISO 3166).

    >>> is_phone("(212) 664-7665", ["US"]), is_phone("123-456-7890", ["US"])
    (True, False)
    """
    import phonenumbers  # 80 ms; most pages have no candidate

    for region in (None,) if number.startswith("+") else regions:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def typed_phones(text: str) -> Iterator[tuple[int, int]]:
    """Where phone numbers stand in what was typed, by their gaps or, where it is nothing else, their first sign: goods have numbers too.

    >>> ["".join(one[slice(*span)] for span in typed_phones(one)) for one in ("my son: 919 097 985", "01614222925", "1402894626", "0194956623892")]
    ['919 097 985', '01614222925', '', '']
    """
    for match in _TYPED.finditer(text):
        digits = "".join(filter(str.isdecimal, match[0]))
        is_one = match["spaced"] or match[0] == text.strip()
        if (
            is_one
            and _LEAST <= len(digits) <= _MOST
            and not _is_article(digits)
            and is_phone(match[0], load_rules().phone_regions)
        ):
            yield match.span()


def _is_article(digits: str) -> bool:
    """Whether the last digit is the check digit of a GTIN (GS1) or of an ISBN of ten digits (ISO 2108)."""
    *body, check = map(int, digits)
    if len(digits) == 10:
        return (sum(place * digit for place, digit in enumerate(body, 1)) - check) % 11 == 0
    weighed = sum(digit * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return len(digits) in (8, 12, 13) and (weighed + check) % 10 == 0


@lru_cache(maxsize=1)
def _cued() -> re.Pattern[str]:
    """A number behind a word for a phone in its sentence; one at the end of a clause behind somebody's relative or friend."""
    cues = load_cues()
    phone = rf"(?i:\b{phrases(load_rules().phone_cues)}\b)"
    somebody = rf"(?i:\b{phrases(cues.owners)}\s{phrases(cues.relations)}\b)(?=[^\d.!\n]{{0,40}}[\d ().-]{{8,20}}(?:$|[,;.!?)]))"
    return re.compile(rf"(?:{phone}|{somebody})(?:\.?[:# ]{{0,3}}|[^\d.!\n]{{0,40}}){_CUED_NUMBER}")
