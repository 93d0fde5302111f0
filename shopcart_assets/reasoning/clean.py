"""From a model's answer to a rationale: one plain sentence, or the reason why it is none. Text in, text out.

The answer is hostile: whatever it holds, what leaves here is a short line of plain text. Escaping it is up to who shows it.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Defect = Literal["empty", "truncated", "not_first_person", "too_long", "has_markup", "refusal"]

MAX_CHARACTERS = 240

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
# A sentence ends in . ! or ? before white space or the end; "$9.99" and "4.5" do not end one.
_SENTENCE = re.compile(r".+?[.!?](?=[\"'”’)]*(?:\s|$))")
_FIRST_PERSON = re.compile(r"\b(?:I|I'\w+|me|my|mine|myself|we|our|us)\b")
# An assistant speaks, not a shopper: "I'm sorry, but I can't assist with that", "As an AI language model, I"
_REFUSAL = re.compile(
    r"\bI(?:'m| am) (?:sorry|unable|not able)|\bI can(?:'t|not) (?:help|assist|provide)|\b(?:an|as a) (?:\w+ )*AI\b",
    re.IGNORECASE,
)
_QUOTES = "\"'“”‘’«» "


@dataclass(frozen=True)
class Rationale:
    """One sentence and what is wrong with it; `text` is empty where nothing of the answer is usable."""

    text: str
    defect: Defect | None


def clean(answer: str, stop_reason: str) -> Rationale:
    """The answer's first sentence, without quotes and markdown, and the first defect that holds.

    An answer with markup or without a sentence loses its text; one that is cut off, refused, not in the first person
    or longer than MAX_CHARACTERS keeps it (cut), so that a reader sees what was wrong. Callers use it where `defect` is None.

    >>> clean('**Rationale:** "I want the $9.99 mug. It is red."', "end_turn")
    Rationale(text='I want the $9.99 mug.', defect=None)
    >>> clean("The user wants a mug.", "end_turn").defect, clean("I want a", "max_tokens").defect
    ('not_first_person', 'truncated')
    """
    line = _plain(answer)
    if not any(character.isalnum() for character in line):
        return Rationale("", "empty")
    if _MARKUP.search(answer):
        return Rationale("", "has_markup")
    sentence = _SENTENCE.match(line)
    text = (sentence.group() if sentence else line).strip(_QUOTES)
    return Rationale(
        text[:MAX_CHARACTERS].rstrip(), _defect(text, is_whole=bool(sentence) or stop_reason != "max_tokens")
    )


def _defect(text: str, *, is_whole: bool) -> Defect | None:
    if not is_whole:
        return "truncated"
    straight = text.replace("’", "'")
    if _REFUSAL.search(straight):
        return "refusal"
    if not _FIRST_PERSON.search(straight):
        return "not_first_person"
    return "too_long" if len(text) > MAX_CHARACTERS else None


def _plain(answer: str) -> str:
    """One line: control and invisible characters out, preamble, quotes and emphasis off."""
    visible = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in answer)
    line = _PREAMBLE.sub("", " ".join(visible.split()).strip(_QUOTES))
    return _EMPHASIS.sub("", line).strip(_QUOTES)
