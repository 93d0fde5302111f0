"""Which of many texts may hold a pattern of patterns.py or urls.py at all: asked of compiled code, once for a page.

Says too much rather than too little: what it leaves out holds none, what it names is looked at by the patterns themselves.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.decoding import readings
from shopcart_assets.privacy.ids import ID_CUES, ID_NUMBER
from shopcart_assets.privacy.patterns import PREFILTER
from shopcart_assets.privacy.rows import matching
from shopcart_assets.privacy.rules import load_rules


def may_hold(texts: Iterable[str | None]) -> set[str]:
    """Those of the texts, reduced addresses among them, in which a pattern or a person's path may be.

    >>> sorted(may_hold(["pd_rd_w-5jDDh 1000000", "tel 030 1234567", "ann%40example.com", "/usr/ann", None]))
    ['/usr/ann', 'ann%40example.com', 'tel 030 1234567']
    """
    raw, plain = _wide_patterns()
    decoded = {text: readings(text) for text in matching(texts, raw)}
    sure = matching(chain.from_iterable(decoded.values()), plain)
    return {text for text, forms in decoded.items() if not sure.isdisjoint(forms)}


@lru_cache(maxsize=1)
def _wide_patterns() -> tuple[str, str]:
    """For texts as they stand, and decoded. Each branch is what its pattern cannot do without, and Polars can search for."""
    paths = "|".join(re.escape(word) for rule in load_rules().personal_paths for word in rule.after)
    cues = "|".join(cue for of_kind in ID_CUES.values() for cue in of_kind)
    decoded = (
        r"@[^\s@]{1,64}\.",
        r"\+(?:\d[ .()/-]{0,3}){7}\d|\(\d{3}\)[ .-]{0,2}\d{3}[ .-]\d{4}|\d{3}[ .-]\d{3}[ .-]\d{4}|\(\d{2}\) ?\d{4}|0\d(?:\.\d{2}){4}|0\d{1,5}\)?[ /-]{1,3}\d{2}",
        rf"(?i:{phrases(load_rules().phone_cues)})[^\d!\n]{{0,42}}\d[\d ().-]{{5}}",
        r"\d{4}[ .-]{0,2}\d{4}[ .-]{0,2}\d{4}[ .-]{0,2}\d|3\d{3}[ -]?\d{6}[ -]?\d{4}|[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11}",
        r"\d\.\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:",
        r"1\d{16}|\d{2}-\d{5,7}-\d{5}|1Z[0-9A-Z]{16}|TB[ABC]\d{12}|JJD\d{14}|9[2-5](?: ?\d{4}){5}|9[2-5]\d\d(?: \d{4}){4}|[A-Z]{2}(?: ?\d{3}){3} ?[A-Z]|\.account\.",
        rf"(?i:(?:(?:{cues})[ -]{{0,2}}(?:#|id|number|nr|no|nummer)|{ID_NUMBER}(?:{cues}))[.:# ]{{0,3}})[A-Z0-9]",
        "[\u0130\u0131]",  # which Python, unlike Polars, takes for an i in any case
        rf"(?i:/(?:{paths}))",
    )
    # Polars knows other letters than Python, so that signs between digits are all that is no ASCII letter or digit.
    raw = PREFILTER.pattern.replace(r"[^\w\x00]", "[^0-9A-Za-z_]")
    return f"{raw}|(?i:/(?:{paths}))", "|".join(decoded)
