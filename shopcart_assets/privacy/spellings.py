"""One word in all the ways it may be spelt, as a pattern: without accents, transliterated, shortened, with one mistake.

Which words make a value, and in what order, belongs to variants.py.
"""

import re
import unicodedata

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})
_MIN_LEFT = 4  # letters: what is left of a shorter word may be another one
MIN_MISSPELT = 6  # letters: a shorter word with a mistake is another word
# Words of addresses that stand for each other.
_STREETS = (
    ("street", "st", "str"), ("road", "rd"), ("avenue", "ave", "av"), ("lane", "ln"), ("drive", "dr", "drv"), ("boulevard", "blvd", "bd", "bvd"),
    ("court", "ct", "crt"), ("place", "pl"), ("plaza", "plz", "pza"), ("square", "sq"), ("terrace", "ter", "terr", "tce"), ("crescent", "cres", "cr"),
    ("close", "cl"), ("parkway", "pkwy", "pky"), ("highway", "hwy"), ("circle", "cir"), ("gardens", "gdns"), ("grove", "grv"), ("trail", "trl"),
    ("apartment", "apt"), ("suite", "ste"), ("floor", "fl"), ("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"), ("saint", "st", "ste"),
    ("northeast", "ne"), ("northwest", "nw"), ("southeast", "se"), ("southwest", "sw"), ("mount", "mt"), ("fort", "ft"),
    ("allée", "all"), ("chemin", "ch", "che"), ("impasse", "imp"), ("faubourg", "fg"), ("calle", "c", "cl"), ("avenida", "avda", "av", "avd"), ("paseo", "pº", "po", "pso"),
    ("carretera", "ctra"), ("viale", "vle", "v le"), ("piazza", "p za", "pzza"), ("corso", "cso", "c so"), ("rua", "r"), ("ulica", "ul"), ("aleja", "al"), ("platz", "pl"), ("straße", "strasse", "str"),
)  # fmt: skip
_ENDINGS = (("straße", "strasse", "str"), ("platz", "pl"), ("straat", "str"))


def spellings(word: str) -> str:
    """The word with and without its accents, its inner punctuation as it may be.

    >>> spellings("Müller"), spellings("Łukasz")
    ('(?:müller|muller|mueller)', '(?:łukasz|lukasz)')
    """
    return _any(_forms(word))


def slug_spellings(word: str) -> str:
    """The same with what is left of it in addresses of which a shop takes all that is not ASCII, or makes it a hyphen.

    Only beside other words: what is left of `Sofía` is furniture.

    >>> [bool(re.fullmatch(slug_spellings("Łukasz"), one)) for one in ("łukasz", "ukasz", "kasz")], slug_spellings("Ann")
    ([True, True, False], '(?:ann)')
    """
    said = (word.lower(), _without_accents(word.lower()))  # gołębiowska: go-biowska, goebiowska
    left = [re.sub(r"[^\x00-\x7f]", " ", one) for one in said]
    return _any([*_forms(word), *(one for one in left if sum(map(str.isalpha, one)) >= _MIN_LEFT)])


def misspelt(word: str) -> str:
    """The word with one letter too few, too many, wrong, or two changed over; empty for a short word. The word itself fits too.

    >>> [bool(re.fullmatch(misspelt("Zebroski"), one)) for one in ("zebrski", "zebroskki", "zebrovski", "zebrsoki", "zebraski", "zebra")]
    [True, True, True, True, True, False]
    """
    letters = [re.escape(letter) for letter in word.lower() if letter.isalpha()]
    if len(letters) < MIN_MISSPELT:
        return ""
    for place, sign in enumerate(word):
        if not sign.isalpha() and (before := sum(map(str.isalpha, word[:place]))):
            letters[before - 1] += r"[\W_]?"  # L'Hostis
    any_ = r"[^\W\d_]"
    last = len(letters)
    wrong = [[*letters[:n], any_ + "?", *letters[n + 1 :]] for n in range(1, last)]  # too few, too
    extra = [[*letters[:n], any_, *letters[n:]] for n in range(1, last + 1)]
    swapped = [[*letters[:n], letters[n + 1], letters[n], *letters[n + 2 :]] for n in range(1, last - 1)]
    return "(?:" + "|".join(map("".join, [*wrong, *extra, *swapped])) + ")"


def loose_spellings(word: str) -> str:
    """The word in all its spellings, or with a mistake: for where what stands beside it leaves no doubt.

    >>> bool(re.fullmatch(loose_spellings("Müller"), "mueller")), bool(re.fullmatch(loose_spellings("Müller"), "müler"))
    (True, True)
    """
    return f"(?:{spellings(word)}|{wrong})" if (wrong := misspelt(word)) else spellings(word)


def street_spellings(word: str) -> str:
    """The same for a word of an address, with what it may be shortened to.

    >>> bool(re.fullmatch(street_spellings("Hauptstraße"), "hauptstr")), street_spellings("Road")
    (True, '(?:road|rd)')
    """
    forms = list(_forms(word))
    lower = word.lower()
    forms += [form for group in _STREETS if lower in group for form in group]
    for group in _ENDINGS:
        for ending in group:
            if lower.endswith(ending) and len(lower) > len(ending) + 2:
                forms += [form + other for form in _forms(lower.removesuffix(ending)) for other in group]
    return _any(forms)


def street_stem(word: str) -> str:
    """What of a word of an address no shortening changes; empty where it may be shortened as a whole.

    >>> street_stem("Hauptstraße"), street_stem("Road"), street_stem("Elm")
    ('haupt', '', 'elm')
    """
    lower = word.lower()
    if any(lower in group for group in _STREETS):
        return ""
    ends = (end for group in _ENDINGS for end in group if lower.endswith(end) and len(lower) > len(end) + 2)
    return lower.removesuffix(next(ends, ""))


def _forms(word: str) -> list[str]:
    folded = word.casefold()
    bare = _without_accents(folded)
    plain = _without_accents(folded.translate(_STROKES))
    return list(dict.fromkeys((word.lower(), bare, folded.translate(_GERMAN), plain)))


def _without_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _any(forms: list[str]) -> str:
    parts = dict.fromkeys(r"[\W_]?".join(map(re.escape, re.findall(r"[^\W_]+", form))) for form in forms)
    return "(?:" + "|".join(parts) + ")"
