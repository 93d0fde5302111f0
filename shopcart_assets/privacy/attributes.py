"""What happens to an attribute of an element by its name alone: data of rules.yaml, looked up once a name."""

import re
from functools import lru_cache
from typing import Literal

from shopcart_assets.privacy.rules import ZONE_MARKERS, load_rules

AttributePolicy = Literal["drop", "url", "style", "inert", "marker", "text"]


@lru_cache(maxsize=4096)
def attribute_policy(name: str) -> AttributePolicy:
    """What happens to an attribute of this name: dropped, reduced as an address or a style, left alone, or scrubbed as text.

    A `marker` is text that may also mark a zone.
    """
    rules = load_rules()
    if name in ZONE_MARKERS:
        return "marker"
    if name in rules.kept_attributes:
        return "text"
    if name in rules.url_attributes:
        return "url"
    if name == "style":
        return "style"
    if name in rules.inert_attributes:
        return "inert"
    return "drop" if rules.dropped.match(name) or not is_addressable(name) else "text"


def is_addressable(name: str) -> bool:
    """Whether an attribute of this name can be read and written; HTML allows names such as `{a` and `="`, lxml does not."""
    return re.fullmatch(r"[A-Za-z_@:][\w.:@-]*", name) is not None
