"""What a form field asks for, by what its element says of itself. What stands in it is page.py's and events.py's business."""

import re
from collections.abc import Mapping
from functools import lru_cache

from shopcart_assets.privacy.rules import Kind, load_rules

_NOT_TYPED = frozenset({"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color"})
_WORD = re.compile(r"[A-ZÀ-Þ]?[^\W\d_A-ZÀ-Þ]+|[A-ZÀ-Þ]+(?![^\W\d_A-ZÀ-Þ])|\d+")
_MOST_LETTERS = 80  # of a name or a label; a longer text is none


def kind_of_field(attributes: Mapping[str, str]) -> Kind | None:
    """The kind of what is typed in this input or textarea; `secret` for hidden fields and passwords; None for any other.

    >>> kind_of_field({"name": "customer[firstName]"}), kind_of_field({"placeholder": "Enter your gift message"})
    ('name', 'message')
    >>> kind_of_field({"name": "product_name"}), kind_of_field({"id": "search-mobile"})
    (None, None)
    """
    input_type = attributes.get("type", "text").lower()
    if input_type in ("hidden", "password"):
        return "secret"
    if input_type in _NOT_TYPED:
        return None
    names = (attributes.get("name", "").rpartition(".")[2], attributes.get("id", ""))
    exact = (*attributes.get("autocomplete", "").lower().split(), *(name.lower() for name in names))
    if kind := next((kind for name in exact if (kind := load_rules().kind_of_field.get(name))), None):
        return kind
    labels = (attributes.get("aria-label", ""), attributes.get("placeholder", ""))
    if input_type == "search" or not load_rules().searching_words.isdisjoint(_words(" ".join((*names, *labels)))):
        return None
    named = (_kind_of(_words(name), is_label=False) for name in names)
    labelled = (_kind_of(_words(label), is_label=True) for label in labels)
    return next(filter(None, (*named, *labelled)), None)


def is_prompt(value: str) -> bool:
    """Whether what stands in a field is what it asks for, which older pages write there, and not what somebody typed.

    >>> is_prompt("Enter your e-mail address"), is_prompt("Recipient's Name"), is_prompt("Ann Lee")
    (True, True, False)
    """
    return _kind_of(_words(value), is_label=True) is not None


@lru_cache(maxsize=4096)
def _kind_of(words: tuple[str, ...], *, is_label: bool) -> Kind | None:
    """The longest rule that the words end in, or of a label are."""
    told = [word for word in words if word not in load_rules().asking_words]
    while told and told[-1].isdecimal():  # address_line_1
        told.pop()
    rules = _rules()
    if is_label:
        return rules.get(tuple(told))
    endings = (tuple(told[start:]) for start in range(len(told)))
    return next(
        (
            rules[end]
            for end in endings
            if end in rules and (end == words or end[0] not in load_rules().whole_fields or len(end) > 1)
        ),
        None,
    )


@lru_cache(maxsize=1)
def _rules() -> dict[tuple[str, ...], Kind]:
    return {_words(name): kind for name, kind in load_rules().kind_of_field.items()}


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name or a label, however they are joined.

    >>> _words("billingFIRSTName[2]"), _words("e-mail")
    (('billing', 'first', 'name', '2'), ('e', 'mail'))
    """
    return tuple(word.lower() for word in _WORD.findall(name)) if len(name) <= _MOST_LETTERS else ()
