"""Text to one segment of a name, by the paper's rule. How segments are joined is in `names`."""

import re
import unicodedata

SEGMENT_CHARACTERS = 60
_PUNCTUATION = re.compile(r"[^\w ]+")
_WORD = re.compile(r"\w")
# From Hebrew to Khmer vowels and tones are signs on the letters. Those of Latin letters are in the letters already (NFC).
_SIGNS = ("\u0590", "\u1aaf")


def segment(text: str) -> str:
    """The paper's segment rule: lower-case, white space to one space, punctuation deleted, each space to `_`.

    It reproduces all 41 names of the paper's Appendix B. Empty where the text has no letter or digit.

    >>> segment("4 Stars & Up"), segment("More-sustainable Products"), segment("Today's  Deals")
    ('4_stars__up', 'moresustainable_products', 'todays_deals')
    >>> segment("Kärcher K1800PS, Max 2250 PSI, 1.46 max. GPM")
    'kärcher_k1800ps_max_2250_psi_146_max_gpm'
    >>> segment("Cars/Fences"), segment("..."), segment("हिन्दी कप!"), segment("❤️")
    ('carsfences', '', 'हिन्दी_कप', '')
    """
    if text.isascii():
        return _PUNCTUATION.sub("", " ".join(text.lower().split())).replace(" ", "_")
    words = " ".join(unicodedata.normalize("NFC", text).lower().split())
    found = unicodedata.normalize("NFC", _PUNCTUATION.sub(_vowel_signs, words))
    return found.replace(" ", "_") if _WORD.search(found) else ""


def _vowel_signs(punctuation: re.Match[str]) -> str:
    """What `\\w` leaves out and is no punctuation, such as Devanagari's vowels and Thai's tones."""
    return "".join(
        one for one in punctuation[0] if _SIGNS[0] <= one <= _SIGNS[1] and unicodedata.category(one) in ("Mn", "Mc")
    )


def short_segment(text: str, limit: int = SEGMENT_CHARACTERS) -> str:
    """The same, without outer underscores and cut at a word to at most `limit` characters: for any site's long titles.

    >>> short_segment("Red enamel mug, 12 oz, with a lid", limit=20)
    'red_enamel_mug_12_oz'
    >>> short_segment("& Up"), len(short_segment("x" * 100))
    ('up', 60)
    """
    # Cutting first keeps a hostile megabyte of text cheap; punctuation is rarely half of a title.
    whole = segment(text[: 4 * limit]).strip("_")
    if len(whole) <= limit:
        return whole
    return (whole[: limit + 1].rpartition("_")[0] or whole[:limit]).strip("_")
