"""The text of a page's elements, shown or not. What is read in a node is `nodes`' business."""

from shopcart_assets.context.parse import Element
from shopcart_assets.context.tags import BLOCKS

# Their text is not part of the label that wraps them.
_NOT_LABEL_TEXT = frozenset(("script", "style", "noscript", "template", "select", "option", "textarea", "button"))
_LABEL_CHARACTERS = 400
_LABEL_PIECES = 400
# Of one piece of text no more is looked at, white space included: a megabyte may stand in a page's label, or in a thousand of them.
_PIECE_CHARACTERS = 10 * _LABEL_CHARACTERS


def label_text(element: Element) -> str:
    """All text in an element, shown or not, without the text of controls in it; at most 400 characters."""
    pieces = []
    skipped: set[Element] = set()
    for part in element.iter():
        parent = part.getparent()
        if part is not element and (part.tag in _NOT_LABEL_TEXT or parent in skipped):
            skipped.add(part)
        else:
            text = (part.text or "")[:_PIECE_CHARACTERS]
            pieces.append(f" {text}" if part.tag in BLOCKS else text)
        if part.tail and part is not element and parent not in skipped:
            pieces.append(part.tail[:_PIECE_CHARACTERS])
        if len(pieces) > _LABEL_PIECES:
            break
    return " ".join("".join(pieces).split())[:_LABEL_CHARACTERS]
