"""What a recorder's target tells about the element, without its page: can it act, is it typed into, does it search or buy.

Only what is certain counts. A click is on nothing where tag and hints say so; a doubt leaves it a click, and the page decides in
the context stage. What people do with the elements is `gestures`' business.
"""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from shopcart_assets.platform.actions import Click
from shopcart_assets.platform.actions import is_purchase as is_purchase_click
from shopcart_assets.platform.shop_words import SEARCH_BUTTON, SEARCH_FIELD, SIGN_IN_URL, says_purchase

# Tags that shops lay pages out with. A click on one acts on nothing, unless a hint says that a script or a link takes it.
LAYOUT_TAGS = frozenset((
    "html", "body", "main", "header", "footer", "nav", "section", "article", "aside", "div", "p", "ul", "ol", "dl", "table",
    "thead", "tbody", "tr", "form", "fieldset", "hr", "pre", "blockquote",
))  # fmt: skip
# Tags that often lie inside a link or a button: a click on one acts on nothing only where its whole path is known and has neither.
CONTENT_TAGS = frozenset((
    "span", "img", "picture", "svg", "path", "use", "figure", "figcaption", "i", "b", "em", "strong", "small", "sup", "sub",
    "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "dt", "dd", "br", "font", "center",
))  # fmt: skip
ACTING_ROLES = frozenset((
    "button", "link", "checkbox", "radio", "option", "tab", "menuitem", "switch", "menuitemcheckbox", "menuitemradio",
    "textbox", "searchbox", "combobox", "treeitem", "slider",
))  # fmt: skip
ACTING_ATTRIBUTES = ("href", "onclick", "tabindex", "data-href", "data-url", "ng-click", "@click")
ACTING_STEP = re.compile(
    r"(?:^|[/\s>+~])(?:a|button|label|summary|select|option|input|textarea)(?=$|[/\s>+~\[.#:])", re.IGNORECASE
)
"""A step of an XPath or a CSS path that can be acted on."""

TYPED_TYPES = frozenset(("text", "search", "email", "tel", "url", "number", "password"))
UNTYPED_TYPES = frozenset(
    ("checkbox", "radio", "range", "color", "file", "submit", "button", "image", "reset", "hidden")
)
FIELD_ROLES = frozenset(("textbox", "searchbox"))
SUBMITTING_TYPES = frozenset(("submit", "image"))
SEARCHING_MARK = re.compile(r"(?:search|such|query)[-_]?(?:\w*[-_])?(?:button|btn|submit|icon|go|knopf)", re.IGNORECASE)
BUTTON_TEXT_CHARACTERS = 24
"""A button that searches says little; `Find the best price in our autumn sale` is a link."""

_LOCATORS = ("node_id", "xpath", "css", "name")
_IDENTIFYING = ("id", "name")
_is_sign_in = re.compile(SIGN_IN_URL).search

FACTS = pl.Schema(
    {
        "element": pl.String(),  # what tells it from others: the first locator that the recorder gave
        "is_nowhere": pl.Boolean(),
        "is_field": pl.Boolean(),  # text is typed into it
        "may_be_field": pl.Boolean(),  # so far as its tag and type tell
        "takes_text": pl.Boolean(),  # false where a value of it is surely no typed text: a checkbox, a select
        "takes_enter": pl.Boolean(),  # Enter in it submits: not in a text area, not on a button or a link
        "is_search_field": pl.Boolean(),
        "is_search_button": pl.Boolean(),
        "is_submit_button": pl.Boolean(),
        "is_purchase": pl.Boolean(),
        "is_to_sign_in": pl.Boolean(),
    }
)


def describe(targets: pl.Series) -> pl.DataFrame:
    """The facts (FACTS) about each distinct target, with the column `target`; no row for null."""
    distinct = targets.drop_nulls().unique()
    facts = [facts_of(json.loads(target)) for target in distinct]
    return pl.DataFrame(facts, schema=FACTS).with_columns(distinct.alias("target"))


def facts_of(target: Mapping[str, Any]) -> dict[str, Any]:
    """The facts about one target of the contract; what it does not say is taken to be harmless.

    >>> facts_of({"tag": "div"})["is_nowhere"], facts_of({"tag": "div", "attributes": {"role": "button"}})["is_nowhere"]
    (True, False)
    >>> facts_of({"tag": "button", "text": "Go"})["is_search_button"]
    True
    """
    given = target.get("attributes")
    said = {str(key).lower(): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    says = partial(_text, target)
    tag, kind = says("tag").lower(), said.get("type", "").lower()
    role = (says("role") or said.get("role", "")).lower()
    is_field = _is_field(tag, kind, role, said)
    is_button = tag == "button" or role == "button" or (tag == "input" and kind in UNTYPED_TYPES)
    words = [*([] if is_field else [said.get("value", "")]), *(said.get(key, "") for key in ("aria-label", "title"))]
    marks = " ".join(said.get(key, "") for key in ("id", "name", "class", "data-action"))
    # A recorder that names elements itself has the last word: its name is the one that the context stage takes.
    by_name = is_purchase_click(Click(says("name"))) if says("name") else None
    by_words = not is_field and says_purchase(marks, (*words, says("text")[:80]))
    is_purchase = by_words if by_name is None else by_name
    is_search_button = not (is_field or is_purchase) and _searches(tag, role, marks, (*words, says("text")))
    href = says("href") or said.get("href", "")
    return {
        "element": _identity(target, said),
        "is_nowhere": not (is_field or is_purchase or is_search_button or role in ACTING_ROLES)
        and _is_nowhere(tag, target, said),
        "is_field": is_field,
        "may_be_field": is_field or (tag == "input" and kind not in UNTYPED_TYPES),
        "takes_text": tag != "select" and kind not in UNTYPED_TYPES,
        "takes_enter": tag not in ("textarea", "a", "select", "summary") and not is_button,
        "is_search_field": _is_search_field(kind, role, said),
        "is_search_button": is_search_button,
        "is_submit_button": not is_purchase and (kind in SUBMITTING_TYPES or (tag == "button" and not kind)),
        "is_purchase": is_purchase,
        "is_to_sign_in": bool(href) and _is_sign_in(href) is not None,
    }


def _text(target: Mapping[str, Any], name: str) -> str:
    value = target.get(name)
    return "" if value is None else str(value).strip()


def _identity(target: Mapping[str, Any], said: Mapping[str, str]) -> str | None:
    located = (f"{name}={_text(target, name)}" for name in _LOCATORS if _text(target, name))
    marked = (f"{name}={said[name]}" for name in _IDENTIFYING if said.get(name))
    return next(located, next(marked, None))


def _is_field(tag: str, kind: str, role: str, said: Mapping[str, str]) -> bool:
    if tag == "textarea" or role in FIELD_ROLES or said.get("contenteditable", "false") not in ("false", "inherit"):
        return True
    return tag == "input" and (kind in TYPED_TYPES or (not kind and "placeholder" in said))


def _is_search_field(kind: str, role: str, said: Mapping[str, str]) -> bool:
    marks = " ".join(said.get(key, "") for key in ("id", "name", "placeholder", "aria-label", "title"))
    return kind == "search" or role == "searchbox" or SEARCH_FIELD.search(marks) is not None


def _searches(tag: str, role: str, marks: str, words: tuple[str, ...]) -> bool:
    if SEARCHING_MARK.search(marks):
        return True
    if (tag == "a" or tag in LAYOUT_TAGS) and role != "button":
        return False
    return any(SEARCH_BUTTON.search(text) for text in words if len(text) <= BUTTON_TEXT_CHARACTERS)


def _is_nowhere(tag: str, target: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    if tag not in LAYOUT_TAGS and tag not in CONTENT_TAGS:
        return False
    if any(_text(target, name) or said.get(name) for name in ACTING_ATTRIBUTES):
        return False
    xpath, css = (_text(target, name) for name in ("xpath", "css"))
    if ACTING_STEP.search(xpath) or ACTING_STEP.search(css):
        return False
    # An item of a list may be a suggestion, which scripts take: what it holds is in doubt.
    return tag in LAYOUT_TAGS or (xpath.startswith("/html") and "/li" not in xpath)
