"""What a form field asks for, by what its element says of itself. What stands in it is page.py's and events.py's business."""

import re
from collections.abc import Mapping
from functools import lru_cache

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.rules import Kind, load_rules

_NOT_TYPED = frozenset({"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color"})
_WORD = re.compile(rf"[{CAPITALS}]?[^\W\d_{CAPITALS}]+|[{CAPITALS}]+(?![^\W\d_{CAPITALS}])|\d+")
_NUMBERED = re.compile(r"[.\[_-]\d+\]?$")  # giftMessage.0
_MOST_NAME_WORDS = 6
_MIN_WORD = 4  # letters: a shorter one in a name may be a particle
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
    names = (_NUMBERED.sub("", attributes.get("name", "")).rpartition(".")[2], attributes.get("id", ""))
    exact = (*attributes.get("autocomplete", "").lower().split(), *(name.lower() for name in names))
    if kind := next((kind for name in exact if (kind := load_rules().kind_of_field.get(name))), None):
        return kind
    if input_type in ("tel", "email") and load_rules().counting_words.isdisjoint(_words(" ".join(names))):
        return "phone" if input_type == "tel" else "email"
    labels = (attributes.get("aria-label", ""), attributes.get("placeholder", ""))
    if input_type == "search" or not load_rules().searching_words.isdisjoint(_words(" ".join((*names, *labels)))):
        return None
    named = (_kind_of(_words(name), is_label=False) for name in names)
    labelled = (_kind_of(_words(label), is_label=True) or kind_of_label(label) for label in labels)
    return next(filter(None, (*named, *labelled)), None)


def kind_of_label(text: str) -> Kind | None:
    """What the value beside a label is: `Full name`, `Mobile number:`. `Name` by itself may be that of goods.

    >>> kind_of_label("Full name:"), kind_of_label("Name"), kind_of_label("Delivery address")
    ('name', None, 'street')
    """
    words = _words(text)
    while words and not _kind_of(words, is_label=True) and words[0] in load_rules().label_words:
        words = words[1:]
    kind = _kind_of(words, is_label=True)
    return None if kind == "name" and words[-1:] == words and words[0] in load_rules().whole_fields else kind


def is_name_label(text: str) -> bool:
    """Whether it is `Name`, in any language, and nothing more: of a person or of goods."""
    words = _words(text)
    return (
        len(words) == 1 and words[0] in load_rules().whole_fields and load_rules().kind_of_field.get(words[0]) == "name"
    )


def is_value(kind: Kind, text: str) -> bool:
    """Whether a text beside a label of the kind may be what the label asks for, and not a sentence or another label.

    >>> is_value("name", "Ann Lee"), is_value("name", "Edit your name here"), is_value("postcode", "Enter"), is_value("phone", "030 123456")
    (True, False, False, True)
    """
    said = text.strip()
    if (
        not said
        or is_prompt(said)
        or len(said) > _MOST_LETTERS
        or said[-1] == ":"
        or said.lower() in load_rules().no_values
    ):
        return False
    n_digits = sum(map(str.isdecimal, said))
    if kind == "name":
        return (
            not n_digits
            and len(said.split()) <= _MOST_NAME_WORDS
            and all(word[0].isupper() or len(word) < _MIN_WORD for word in said.split())
        )
    if kind == "city":
        return not n_digits and said[0].isalpha() and said[0].isupper()
    return n_digits >= {"street": 1, "postcode": 2, "phone": 7, "order": 5}.get(kind, 1)


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
