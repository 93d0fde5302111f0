"""The family names around a given name that is known already: how far the whole name goes.

What a name is belongs to names.py.
"""

import re
from functools import lru_cache

from shopcart_assets.privacy.alternatives import CAPITALS, phrases
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.free_text.names import has_capital
from shopcart_assets.privacy.rules import load_rules

_NEXT = re.compile(r"([ _+.-])([^\W\d_]+(?:['’][^\W\d_]+)*)")
_ENDS = re.compile(r"\s*(?:$|[^\w\s'’-])|['’]s\b")
_FAR = 60  # letters before a given name


def family_behind(text: str, end: int, is_typed: bool) -> int:
    """Where a name ends whose given name ends there: behind the family names that follow, in an address too.

    >>> text = "a menu for Ayşe von der Heide, Berlin"
    >>> text[:family_behind(text, 15, False)], family_behind("/people/ann-lee/gifts", 11, True)
    ('a menu for Ayşe von der Heide', 15)
    """
    lexicon, cues = load_lexicon(), load_cues()
    position, mark, has_particle = end, text[end : end + 1], False
    while (next_ := _NEXT.match(text, position)) and next_[1] == mark:
        word = next_[2]
        position = next_.end()
        if word.lower() in cues.particles:
            has_particle = True
            continue
        is_written = has_capital(word) or mark != " " or (is_typed and not lexicon.is_word(word))
        is_alone = not lexicon.is_word(word) or _ENDS.match(text, position) is not None
        is_end = mark == " " and not text[position:].strip() and word.lower() not in load_rules().page_words
        is_last = is_end and has_capital(word) and word[1:].islower()  # in no list: signed in as Łucja Rutkowska
        is_family = (
            is_last or lexicon.is_family(word) or (has_capital(word) and (has_particle or "'" in word or "’" in word))
        )
        if fold(word) in cues.stop or not (is_written and is_alone and is_family):
            break
        end, has_particle = position, False
    return end


def family_before(text: str, start: int, end: int = 0) -> int:
    """Where a name begins whose given name starts there: at the family name before it. In no list it may be, if the text ends at `end`.

    >>> family_before("line 2: Lee, Ann", 13), family_before("on file: von Qwertz, Ann", 21), family_before("Hello, Ann", 7)
    (8, 9, 7)
    """
    before = _before().search(text, max(0, start - _FAR), start)
    if before is None:
        return start
    last = before["family"].split()[-1]
    is_all = before.start("family") == len(text) - len(text.lstrip()) and bool(end) and not text[end:].strip()
    is_family = load_lexicon().is_family(last) or ((before["colon"] is not None or is_all) and last[1:].islower())
    is_word = fold(before["family"]) in load_cues().stop or before["family"].lower() in load_rules().page_words
    return before.start("family") if is_family and not is_word else start


@lru_cache(maxsize=1)
def _before() -> re.Pattern[str]:
    """A family name with its particles and a comma: `de la Torre Gil, `."""
    particles = rf"(?:{phrases(load_cues().particles)}[ '’]){{0,3}}"
    family = rf"(?P<family>{particles}[{CAPITALS}][^\W\d_]*(?:[ '’-][{CAPITALS}][^\W\d_]+){{0,2}})"
    return re.compile(rf"(?:^|(?P<colon>[:(·]\s?|\d:\d\d\s)|[^\w\s]\s|\s){family}, $")
