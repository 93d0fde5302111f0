"""What a person cannot see or act on, told from markup alone. Sites' own hiding classes are a recipe's business.

Text that is only clipped away (`sr-only`, `a-offscreen`) is kept: there the accessible form of a price stands, whole.
"""

import re
from collections.abc import Mapping

from shopcart_assets.context.parse import words

# `source` and `track` are not here: libxml2 knows them for no empty elements, and puts a `picture`'s image into its source.
# `template` holds inert content, but a declarative shadow root holds what is shown.
NEVER_SHOWN = words(
    "script style noscript template head link meta base title svg iframe canvas video audio object embed map param area frame frameset applet math col colgroup hr"
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the element, and so all that it holds, is hidden.

    >>> is_hidden("div", {"style": "Display : NONE"}), is_hidden("span", {"class": "sr-only"}), is_hidden("input", {"type": "HIDDEN"})
    (True, False, True)
    """
    if tag in NEVER_SHOWN:
        return not (tag == "template" and "shadowrootmode" in attributes)
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    return tag == "input" and attributes.get("type", "").lower() == "hidden"
