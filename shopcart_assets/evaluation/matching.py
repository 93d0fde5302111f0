"""How a prediction differs from what the person did: the ladder of exactness, and the paper's kinds of error (4.6)."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from shopcart_assets.evaluation.parse import Illegal
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit

Error = Literal[
    "correct",
    "illegal",
    "didnt_terminate",
    "didnt_click",
    "didnt_search",
    "clicked_wrong_button",
    "searched_wrong_keyword",
]
_DIDNT: dict[str, Error] = {"terminate": "didnt_terminate", "click": "didnt_click", "type_and_submit": "didnt_search"}


@dataclass(frozen=True)
class Match:
    """The ladder: the same type; and the same target; and the same text (the paper's exact match).

    Beside it: `is_folded`, exact but for compatibility forms, case and outer white space of the text; `text_f1`, the token F1
    of the text, None unless both are searches.
    """

    is_type: bool
    is_target: bool
    is_exact: bool
    is_folded: bool
    text_f1: float | None = None


def normalized(action: Action) -> Action:
    """The action in Unicode NFC, the form in which actions are compared: no case folding, no trimming."""
    match action:
        case Click(name):
            return Click(nfc(name))
        case TypeAndSubmit(name, text):
            return TypeAndSubmit(nfc(name), nfc(text))
        case Terminate():
            return action


def nfc(text: str) -> str:
    """The text in Unicode's composed form.

    >>> nfc("ka\\u0308se") == "käse"
    True
    """
    return unicodedata.normalize("NFC", text)


def compare(human: Action, predicted: Action | Illegal) -> Match:
    """How far the prediction is right; both actions are normalized."""
    if isinstance(predicted, Illegal) or predicted.type != human.type:
        return Match(False, False, False, False)
    is_target = isinstance(human, Terminate) or getattr(predicted, "name", None) == human.name
    if not (isinstance(human, TypeAndSubmit) and isinstance(predicted, TypeAndSubmit)):
        return Match(True, is_target, predicted == human, predicted == human)
    is_folded = is_target and folded(predicted.text) == folded(human.text)
    return Match(True, is_target, predicted == human, is_folded, token_f1(human.text, predicted.text))


def folded(text: str) -> str:
    """The text in Unicode's compatibility form, case folded and trimmed.

    >>> folded(" Ｍug ") == folded("MUG")
    True
    """
    return unicodedata.normalize("NFKC", text).casefold().strip()


def token_f1(wanted: str, given: str) -> float:
    """F1 of the words that two texts share, each as often as it occurs (SQuAD's measure), after folding.

    >>> round(token_f1("red mug", "big red mug"), 3), token_f1("red mug", "blue pan"), token_f1("", "")
    (0.8, 0.0, 1.0)
    """
    one, other = Counter(folded(wanted).split()), Counter(folded(given).split())
    n_words = one.total() + other.total()
    return 2 * (one & other).total() / n_words if n_words else 1.0


def error(human: Action, predicted: Action | Illegal) -> Error:
    """The one kind of error that the prediction is: a partition, first match wins.

    Correct; illegal; else by the person's type where the types differ; else by the type that both have. A search in
    another field with the same text counts as a wrong keyword.

    >>> error(Terminate(), Click("mug.view_product"))
    'didnt_terminate'
    """
    if isinstance(predicted, Illegal):
        return "illegal"
    if predicted == human:
        return "correct"
    if predicted.type != human.type:
        return _DIDNT[human.type]
    return "clicked_wrong_button" if isinstance(human, Click) else "searched_wrong_keyword"
