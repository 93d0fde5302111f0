"""What a rationale must be like: plain text in the first person, short, about the page and not about its markup. Text in, text out.

The text is hostile: whatever it holds, what leaves here is one line of plain text. Escaping it is up to who shows it. How an
answer with many rationales is taken apart is in `read`.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

Defect = Literal["empty", "refusal", "not_first_person", "too_long", "speaks_of_user", "has_element_name", "has_markup"]

MAX_CHARACTERS = 400

# Tags, entities, code fences, links and JSON: a sentence has none of these.
#   <b>, </div, &lt;, ```, [text](url), https://..., {"rationale": ...}
_MARKUP = re.compile(r"</?[a-zA-Z!]|&\w+;|`|\]\(|\w://|[{}<>]")
# "Rationale: I want", "Here is my rationale: I want", "**Reason** - I want", "1. I want", "- I want", "> I want"
_PREAMBLE = re.compile(
    r"^(?:[\s>#*_-]|\d+[.)]\s|(?:here is )?(?:the |my )?(?:rationale|reason|thought|answer|user|assistant)\W*[:-])+",
    re.IGNORECASE,
)
# "_really_", "**really**", but not the name `view_product`
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\w)|(?<=\S)[*_]{1,3}(?!\w)")
_FIRST_PERSON = re.compile(r"\b(?:I|I'\w+|me|my|mine|myself|we|our|us)\b")
# An assistant speaks, not a shopper: "I'm sorry, but I can't assist with that", "As an AI language model, I"
_REFUSAL = re.compile(
    r"\bI(?:'m| am) (?:sorry|unable|not able)|\bI can(?:'t|not) (?:help|assist|provide)|\b(?:an|as a) (?:\w+ )*AI\b",
    re.IGNORECASE,
)
# "The user wants", "this customer's"; but not "the user reviews", "the customer service"
_OF_USER = re.compile(
    r"\b(?:the|this) (?:user|customer|shopper)\b"
    r"(?!(?:'s)? (?:reviews?|ratings?|feedback|opinions?|photos?|images?|manual|guide|interface|service|support)\b)",
    re.IGNORECASE,
)
# `search_results.red_mug`, `view_product`, but not the placeholder [NAME_7F3A] that stands for a name, nor "4.5" or "Mr.Mug"
_PLACEHOLDER = re.compile(r"\[[A-Z]+_[0-9A-F]{4}\]")
_IDENTIFIER = re.compile(r"\w+(?:\.\w+)+|\w*[^\W_]_+[^\W_]\w*")
_QUOTES = "\"'“”‘’«» "


def plain(text: str) -> str:
    """One line: control and invisible characters out, preamble, quotes and emphasis off.

    >>> plain('**Rationale:** "I need\\n a mug."')
    'I need a mug.'
    """
    line = _PREAMBLE.sub("", one_line(text).strip(_QUOTES))
    return _EMPHASIS.sub("", line).strip(_QUOTES)


def one_line(text: str) -> str:
    """The text on one line, control and invisible characters out, else as it is."""
    visible = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)
    return " ".join(visible.split())


def defect_of(line: str, names: Collection[str] = ()) -> Defect | None:
    """The first defect that a plain line has, or None; `names` are those of elements that the model was shown.

    >>> defect_of("I want the $9.99 mug, rated 4.5 in the user reviews."), defect_of("The user wants a mug.")
    (None, 'speaks_of_user')
    >>> defect_of("I clicked red_mug.view."), defect_of("I open header.cart.", {"header.cart"})
    ('has_element_name', 'has_element_name')
    """
    straight = line.replace("’", "'")
    if not any(character.isalnum() for character in line):
        return "empty"
    if _MARKUP.search(line):
        return "has_markup"
    if _REFUSAL.search(straight):
        return "refusal"
    if _OF_USER.search(straight):
        return "speaks_of_user"
    if not _FIRST_PERSON.search(straight):
        return "not_first_person"
    if any("_" in found or found in names for found in _IDENTIFIER.findall(_PLACEHOLDER.sub("", line))):
        return "has_element_name"
    return "too_long" if len(line) > MAX_CHARACTERS else None
