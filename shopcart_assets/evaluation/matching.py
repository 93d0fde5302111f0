"""How a prediction differs from what the person did: the ladder of exactness, and the paper's kinds of error (4.6)."""

import unicodedata
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
    """The ladder: the same type; and the same target; and the same text (the paper's exact match)."""

    is_type: bool
    is_target: bool
    is_exact: bool


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
        return Match(False, False, False)
    is_target = isinstance(human, Terminate) or getattr(predicted, "name", None) == human.name
    return Match(True, is_target, predicted == human)


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
