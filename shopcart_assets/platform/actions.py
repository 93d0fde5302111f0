"""The three raw browser actions of the paper (section 3.1) as frozen values, and their one JSON form.

No HTML, no I/O, no judgement of a model's answer: parsing hostile model text belongs to evaluation.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

ActionType = Literal["click", "type_and_submit", "terminate"]
PURCHASE_NAMES = frozenset(("buy_now",))
"""Last segments of names that buy. OPeRA also calls clicks on `add_to_cart` and `check_out` purchases; shoppers go on after those."""

ACTION_TYPES: tuple[ActionType, ...] = ("click", "type_and_submit", "terminate")


@dataclass(frozen=True)
class Click:
    """A click on the element that carries `name`."""

    name: str
    type: Literal["click"] = "click"


@dataclass(frozen=True)
class TypeAndSubmit:
    """`text` typed into the input that carries `name`, then Enter."""

    name: str
    text: str
    type: Literal["type_and_submit"] = "type_and_submit"


@dataclass(frozen=True)
class Terminate:
    """The browser window is closed; the session ends without a purchase."""

    type: Literal["terminate"] = "terminate"


Action = Click | TypeAndSubmit | Terminate


def to_json(action: Action) -> str:
    """The action as the paper writes it (appendix A), keys in the order type, name, text.

    >>> to_json(TypeAndSubmit("search_input", "käse"))
    '{"type": "type_and_submit", "name": "search_input", "text": "käse"}'
    >>> to_json(Terminate())
    '{"type": "terminate"}'
    """
    match action:
        case Click(name):
            fields = {"type": "click", "name": name}
        case TypeAndSubmit(name, text):
            fields = {"type": "type_and_submit", "name": name, "text": text}
        case Terminate():
            fields = {"type": "terminate"}
    return json.dumps(fields, ensure_ascii=False)


def from_fields(action_type: str, name: str | None = None, text: str | None = None) -> Action:
    """An action from a row's columns. Raises ValueError where a field that its type needs is missing or not a string."""
    if action_type == "terminate":
        return Terminate()
    if not isinstance(name, str):
        raise ValueError(f"a {action_type!r} action needs a name")
    if action_type == "click":
        return Click(name)
    if action_type == "type_and_submit":
        if not isinstance(text, str):
            raise ValueError("a 'type_and_submit' action needs a text")
        return TypeAndSubmit(name, text)
    raise ValueError(f"unknown action type {action_type!r}; known: {', '.join(ACTION_TYPES)}")


def from_json(text: str) -> Action:
    """The inverse of `to_json`, for text that this project wrote itself. Raises ValueError on anything else."""
    fields: Any = json.loads(text)
    if not isinstance(fields, dict):
        raise ValueError("an action is one JSON object")
    return from_fields(fields.get("type", ""), fields.get("name"), fields.get("text"))


def is_purchase(action: Action) -> bool:
    """Whether the action buys: a click on a purchase target, whose name ends in one of PURCHASE_NAMES (paper 4.2).

    >>> is_purchase(Click("red_mug.buy_now")), is_purchase(Click("buy_now_guide"))
    (True, False)
    """
    return isinstance(action, Click) and action.name.rsplit(".", 1)[-1] in PURCHASE_NAMES
