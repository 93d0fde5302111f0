"""Streets with their house number in a text that somebody wrote, by shape, in the order of several countries.

An address in a zone of its own belongs to zones.py. Goods have numbers and capitals too, so each shape wants the word for street.
"""

import re

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.patterns import Taken

_CAP = rf"(?:[{CAPITALS}][\w'’.-]*|\d{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH))"
_SMALL = r"(?:(?:de|du|des|la|le|les|del|delle|dei|della|di|da|das|dos|do|los|las|y|d'|l'|d’|l’)\s?){0,2}"
_NUMBER = r"\d{1,5}(?:\s?[a-zA-Z])?(?![^\W_])"
# 12 Old Mill Road. Of these words `drive`, `way`, `place` and `court` stand behind numbers of goods too, so there a name is asked for.
_ENGLISH = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Boulevard|Blvd|Drive|Dr|Court|Ct|Place|Pl|Crescent|Close|Terrace|Square|Sq|Way"
    r"|Highway|Hwy|Parkway|Pkwy|Row|Hill|Rise|Walk|Wharf|Quay|Vale|Mews|Gardens|Grove|Approach|Trail|Circle|Cir)"
)
_HARD_DRIVE = re.compile(
    r"(?i)\b(?:hard|disk|disc|flash|thumb|usb|tape|optical|dvd|cd|ssd|gb|tb|mb|inch|drive|volt|hex|square|torx|wheel|way|pcs?|piece|pack|set|count|ct|oz|lb|x|setting|table|amp|watt|hp|speed|light|pin|port|channel|bit)\b"
)
_FRENCH = r"(?:rue|avenue|av\.?|boulevard|bd\.?|impasse|place|pl\.?|chemin|allée|quai|cours|route|square|passage)"
_ROMAN = r"(?:calle|c/|avenida|avda?\.?|av\.|paseo|plaza|camino|ronda|via|viale|piazza|corso|vicolo|largo|rua|travessa|praça|alameda|ulica|ul\.|os\.|aleja|al\.|plac)"
_GERMAN_END = (
    r"(?:straße|strasse|str\.|weg|allee|platz|gasse|damm|ufer|straat|laan|gracht|plein|kade|gatan|vägen|veien|gade)"
)
# Avenida Boyacá # 24-21, Diagonal 50 Sur # 41 - 21
_COLOMBIAN = r"(?:calle|cll?\.?|carrera|cra\.?|kra\.?|cr\.|avenida|av\.?|diagonal|diag\.?|transversal|transv\.?|circular|autopista)"
_GERMAN_START = r"(?:hinter dem|hinter der|vor dem|vor der|bei der|beim|an den|am|an der|an den|auf der|auf dem|im|in der|zum|zur|unter den)"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?<![\w.,$€£#/-]){_NUMBER},?\s(?:(?:N|S|E|W|NE|NW|SE|SW)\.?\s)?{_CAP}(?:\s{_CAP}){{0,3}}?\s(?:{_ENGLISH}|{_ENGLISH.upper()})\b\.?(?:\s(?:NE|NW|SE|SW|[NS]\.\s?[EW]|[NSEW]|North|South|East|West)\b\.?)?",
        rf"(?<![\w.,$€£#/-]){_NUMBER},?\s(?:bis\s|ter\s)?(?i:{_FRENCH}\s{_SMALL}){_CAP}(?:[\s-]{_CAP}){{0,3}}",
        rf"(?<!\w)(?i:{_ROMAN})\s?(?i:{_SMALL}){_CAP}(?:\s(?i:{_SMALL}){_CAP}){{0,3}},?\s(?:n[ºo°.]\s?)?{_NUMBER}\b",
        rf"(?<!\w)(?i:{_COLOMBIAN})\s[\w.]{{1,20}}(?:\s[\w.]{{1,20}}){{0,3}}?\s?#\s?\d{{1,3}}\s?[a-zA-Z]?(?:\s?[-–#]\s?\d{{1,3}}){{1,2}}(?!\w)",
        rf"(?<!\w)(?:[{CAPITALS}][\w.-]*[\s-]){{0,2}}[{CAPITALS}][\w-]*(?i:{_GERMAN_END})\s{_NUMBER}\b",
        rf"(?<!\w)(?:[{CAPITALS}][\w.-]*[\s-]){{1,2}}(?i:{_GERMAN_END})\s{_NUMBER}\b",
        rf"(?<!\w)(?i:{_GERMAN_START})\s[{CAPITALS}][\w-]+(?:\s[{CAPITALS}][\w-]+)?\s\d{{1,4}}(?:\s?[a-z])?(?![^\W_]|\s?[%.:]\s?\d|,\d)",
    )
)
# In no street is a word of so many letters; in a text of such words the shapes would try every way to cut them.
_NO_WORD = re.compile(r"[\w.'’-]{61,}")
_LONGEST_SHORT = 4  # with its full stop: `Blvd.` and shorter may be short for a street, or a doctor
_HAS_NUMBER = re.compile(r"\d")
_GERMAN_WITH_NUMBER = re.compile(
    rf"(?:{_GERMAN_END}|{_GERMAN_END.upper()})\s\d|(?i:{_GERMAN_START})\s[{CAPITALS}]\S+\s\d"
)
_WORDS = frozenset(
    start + form + end
    for group in (_ENGLISH, _FRENCH, _ROMAN, _COLOMBIAN)
    for word in group.replace("(?:", "").replace(")", "").replace("\\", "").replace("?", "").split("|")
    for form in (word.lower(), word.capitalize(), word.upper())
    for start in ("", '"')
    for end in ("", ",", ".", ";", ":", "!", "?", ")", '"', '",', '"}')
)
_BEFORE_CAPITAL = re.compile(
    rf"\s(?!(?:N|S|E|W|NE|NW|SE|SW|Apt|Apartment|Unit|Suite|Ste|Flat|Floor|Room|Bldg)\b|[A-Z]{{2}}\s\d|(?:[{CAPITALS}][\w.-]+\s){{0,2}}[{CAPITALS}][\w.-]+,?\s[A-Z]{{2}}\s\d{{5}})[{CAPITALS}]"
)
_STREET_BEFORE = re.compile(rf"\d[a-zA-Z]?,?\s(?:{_CAP}\s){{0,3}}$")
_AFTER_CAPITAL = re.compile(rf"(?<![\w.,:;!?])[{CAPITALS}][a-zß-ÿ]+\s$")


def streets_in(text: str) -> list[tuple[int, int]]:
    """Where streets stand in a decoded text, left to right.

    >>> text = "left at 266 Hickory Lane, then Calle Mayor 970 and Mühlenweg 6"
    >>> [text[start:end] for start, end in streets_in(text)]
    ['266 Hickory Lane', 'Calle Mayor 970', 'Mühlenweg 6']
    >>> streets_in("500 GB Hard Drive, 12 Piece Place Setting")
    []
    """
    taken = Taken(text)
    found: list[tuple[int, int]] = []
    words = _NO_WORD.sub(lambda run: "\0" * len(run[0]), text)
    for number, shape in enumerate(_SHAPES):
        for match in shape.finditer(words):
            start, end = match.span()
            if taken.is_free(start, end) and not (number == 0 and _is_of_goods(text, match)):
                taken.take(start, end)
                found.append((start, end))
    return sorted(found)


def ends_street(text: str, start: int, end: int) -> bool:
    """Whether words with capitals are the end of a street with its number before it.

    >>> ends_street("at 5 Castle Ave, green door", 12, 15), ends_street("Ann Street", 0, 10)
    (True, False)
    """
    return text[start:end].split()[-1] in _WORDS and _STREET_BEFORE.search(text, max(0, start - 60), start) is not None


def may_hold_street(text: str, words: list[str]) -> bool:
    """Whether a text, which is told with its words, has a number and a word for street: a cheap test."""
    if not _HAS_NUMBER.search(text):
        return False
    return not _WORDS.isdisjoint(words) or _GERMAN_WITH_NUMBER.search(text) is not None


def _is_of_goods(text: str, match: re.Match[str]) -> bool:
    """`500 GB Hard Drive`, `Issue 2 Indoor Court Shoe`: what stands in it, before or behind it shows that no address is meant."""
    start, end = match.span()
    if _HARD_DRIVE.search(match[0].rpartition(" ")[0]):
        return True
    has_ended = (
        match[0].endswith(".") and len(match[0].split()[-1]) > _LONGEST_SHORT
    )  # 5 Elm Street. Then, not 12 Cans Dr. Pepper
    return (not has_ended and _BEFORE_CAPITAL.match(text, end) is not None) or _AFTER_CAPITAL.search(
        text, max(0, start - 60), start
    ) is not None
