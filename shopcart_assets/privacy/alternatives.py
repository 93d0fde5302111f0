"""Lists of phrases and globs as one pattern each. Whose they are belongs to whoever has them."""

import re
from collections.abc import Iterable
from fnmatch import translate

CAPITALS = "A-Z" + "".join(chr(code) for code in range(0xC0, 0x530) if chr(code).isupper())
"""The inside of a character class: Latin, Greek and Cyrillic letters that begin a name."""


def phrases(alternatives: Iterable[str]) -> str:
    """A group of alternatives, by their first letter and the longest first, so that `sign in` is not read as `sign`.

    >>> phrases(["sign", "to", "sign in"])
    '(?:s(?:ign\\\\s+in|ign)|t(?:o))'
    """
    rests: dict[str, list[str]] = {}
    for phrase in sorted(alternatives, key=len, reverse=True):
        rests.setdefault(re.escape(phrase[0]), []).append(re.escape(phrase[1:]).replace(r"\ ", r"\s+"))
    return "(?:" + "|".join(f"{first}(?:{'|'.join(some)})" for first, some in rests.items()) + ")"


def any_glob(globs: Iterable[str]) -> re.Pattern[str]:
    """A pattern that matches what one of the globs matches, in lower case."""
    return re.compile("|".join(translate(glob.lower()) for glob in globs) or r"(?!)", re.DOTALL)
