"""Kinds of elements by their tag, as flags: one look-up answers every question that the passes over a page ask of a tag.

What a site's own tags or attributes mean is not here.
"""

from shopcart_assets.context.parse import words

BLOCKS = words(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option optgroup p pre search section select summary "
    "table tbody td template textarea tfoot th thead tr ul"
)
HEADINGS = words("h1 h2 h3 h4 h5 h6")
# What keeps a node of its own even where nothing in it can be acted on: structure that a reader needs.
STRUCTURES = words(
    "h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption tr th td form fieldset legend label select optgroup option textarea "
    "button a input img del s details summary nav aside footer header main"
)
_TRANSPARENT = words("tbody thead tfoot html body")
# `source` and `track` are not here: libxml2 knows them for no empty elements, and puts a `picture`'s image into its source.
# `template` holds inert content, but a declarative shadow root holds what is shown.
NEVER_SHOWN_TAGS = words(
    "script style noscript template head link meta base title svg iframe canvas video audio object embed param frame frameset applet math col colgroup datalist"
)
CAN_ACT_TAGS = words("a area input button summary select textarea")

BLOCK, HEADS, STRUCTURE, CONTAINER, TRANSPARENT, NEVER_SHOWN, CAN_ACT, SHOWN_OPEN = (1 << at for at in range(8))
_TAGS = {
    BLOCK: BLOCKS,
    HEADS: HEADINGS,
    STRUCTURE: STRUCTURES,
    CONTAINER: (STRUCTURES | BLOCKS) - _TRANSPARENT,
    TRANSPARENT: _TRANSPARENT,
    NEVER_SHOWN: NEVER_SHOWN_TAGS,
    CAN_ACT: CAN_ACT_TAGS,
    SHOWN_OPEN: frozenset(("dialog",)),
}
_KINDS = {tag: sum(flag for flag, tags in _TAGS.items() if tag in tags) for tag in frozenset().union(*_TAGS.values())}


def kind_of(tag: str) -> int:
    """The flags of a tag. Custom elements are blocks in practice.

    >>> kind_of("li") == BLOCK | STRUCTURE | CONTAINER, kind_of("x-card") == BLOCK | CONTAINER, kind_of("span")
    (True, True, 0)
    """
    kind = _KINDS.get(tag)
    return kind if kind is not None else BLOCK | CONTAINER if "-" in tag else 0
