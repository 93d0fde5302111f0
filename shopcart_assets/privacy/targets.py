"""What a recorder tells of an element: read as texts whatever its shape, written again, and found on its page.

What is replaced in it belongs to events.py and second_pass.py.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from shopcart_assets.privacy.slots import ILLEGAL

_POSITIONAL_XPATH = re.compile(r"(?:/[\w:.-]+(?:\[\d{1,5}\])?){1,300}")
_ID_SELECTOR = re.compile(r"#([\w-]+)")


def text_of(said: Any) -> str | None:
    """What a recorder wrote where the contract has a text: a number is one too; a list or an object is an unknown channel, and none."""
    return None if said is None or isinstance(said, dict | list) else str(said)


def attributes_of(target: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that a target tells as texts; none where they are no object."""
    said = target.get("attributes")
    told = ((name, text_of(value)) for name, value in said.items()) if isinstance(said, dict) else ()
    return {name: text for name, text in told if text is not None}


def locate(root: etree._Element, target: Mapping[str, Any], names: Mapping[str, str]) -> etree._Element | None:
    """The target's element on its page, by node id, name, id selector or positional XPath; no other selector is evaluated.

    `names` says what became of the page's names.
    """
    # What XML cannot hold is no attribute's value either, and lxml refuses to look for it.
    said = (text_of(target.get(key)) or "" for key in ("node_id", "name", "css", "xpath"))
    node_id, name, css, xpath = ("" if ILLEGAL.search(text) else text for text in said)
    found: Any = root.xpath("//*[@data-eid=$value]", value=node_id) if node_id else []
    if not found and name:
        found = root.xpath("//*[@name=$value]", value=names.get(name, name))
    if not found and (match := _ID_SELECTOR.fullmatch(css)):
        found = root.xpath("//*[@id=$value]", value=match[1])
    if not found and _POSITIONAL_XPATH.fullmatch(xpath):
        found = root.xpath(xpath)
    return found[0] if found else None


def parsed(json_text: Any) -> dict[str, Any] | None:
    """A target or optimal. Raises ValueError where it is no JSON object."""
    if json_text is None or isinstance(json_text, dict):
        return json_text
    try:
        target = json.loads(json_text)
    except ValueError:
        target = ...
    if target is not None and not isinstance(target, dict):
        raise ValueError("target and optimal must be JSON objects")
    return target


def target_of(optimal: Mapping[str, Any]) -> dict[str, Any] | None:
    """The target in an optimal: an object or JSON of one; what else it may be is an unknown channel, and none."""
    said = optimal.get("target")
    try:
        return parsed(said) if isinstance(said, dict | str) else None
    except (ValueError, RecursionError):
        return None


def written(target: dict[str, Any] | None) -> str | None:
    """A target or optimal as JSON."""
    return None if target is None else json.dumps(target, ensure_ascii=False)
