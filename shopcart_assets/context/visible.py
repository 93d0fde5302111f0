"""What a person cannot see or act on, told from markup alone. Sites' own hiding classes are a recipe's business.

Text that is only clipped away (`sr-only`, `a-offscreen`) is kept: there the accessible form of a price stands, whole.
"""

import re
from collections.abc import Mapping

from shopcart_assets.context.tags import NEVER_SHOWN, kind_of

# An element that has none of these is hidden by its tag only.
HIDING = frozenset(("hidden", "aria-hidden", "style", "type"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the element, and so all that it holds, is hidden.

    >>> is_hidden("div", {"style": "Display : NONE"}), is_hidden("span", {"class": "sr-only"}), is_hidden("input", {"type": "HIDDEN"})
    (True, False, True)
    """
    if kind_of(tag) & NEVER_SHOWN:
        return not (tag == "template" and "shadowrootmode" in attributes)
    if HIDING.isdisjoint(attributes):
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    return tag == "input" and attributes.get("type", "").lower() == "hidden"
