"""What a person cannot see or act on, told from markup alone. Sites' own hiding classes are a recipe's business.

Text that is only clipped away (`sr-only`, `a-offscreen`) is kept: there the accessible form of a price stands, whole.
"""

import re
from collections.abc import Mapping

from shopcart_assets.context.tags import NEVER_SHOWN, SHOWN_OPEN, kind_of

# An element that has none of these is hidden by its tag only.
HIDING = frozenset(("hidden", "aria-hidden", "style", "type"))
# As whole properties: a carousel's `backface-visibility: hidden` hides nothing.
_HIDDEN_STYLE = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|(?:content-)?visibility\s*:\s*(?:hidden|collapse))(?![\w-])", re.IGNORECASE
)
_STYLE_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the element, and so all that it holds, is hidden.

    >>> is_hidden("div", {"style": "Display : NONE"}), is_hidden("span", {"class": "sr-only"}), is_hidden("input", {"type": "HIDDEN"})
    (True, False, True)
    >>> [is_hidden("div", {"style": css}) for css in ("backface-visibility: hidden", "--x-display:none", "display:/**/none")]
    [False, False, True]
    """
    kind = kind_of(tag)
    if kind & NEVER_SHOWN:
        return not (tag == "template" and "shadowrootmode" in attributes)
    if kind & SHOWN_OPEN and "open" not in attributes:
        return True
    if HIDING.isdisjoint(attributes):
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = attributes.get("style")
    if style:
        style = _STYLE_COMMENT.sub("", style) if "/*" in style else style
        if _HIDDEN_STYLE.search(style):
            return True
    return tag == "input" and attributes.get("type", "").lower() == "hidden"
