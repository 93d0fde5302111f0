"""Typing into a field, and what tells that it was a search: recorders of the DOM see no Enter key. No rows, no files.

Typing became a search when, without a click between, the address changed or a page was loaded soon after the last key; when the
form's button was clicked (browsers click it themselves on Enter); or when a good part of the page outside the form was replaced.
Where the page changes while somebody is still typing, as live searches do, only a pause tells that the search was meant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shopcart_assets.traffic.elements import facts_of
from shopcart_assets.traffic.importers.rrweb_nodes import Node
from shopcart_assets.traffic.importers.rrweb_targets import target_of

NAVIGATION_MS = 10_000
"""How long after the last key a new page still answers what was typed."""

PAUSE_MS = 2_000
"""How long somebody looks at an answer before typing the next search into the same field."""

SHARE_REPLACED = 0.2
"""Of the page's nodes, outside the form and its suggestions: added with what is in them, that is an answer."""

_SUGGESTIONS = ("listbox", "option", "menu", "tooltip", "status", "alert")


@dataclass
class Typing:
    """A run of keys in one field, seen from the page as it was before the first of them."""

    node: Node
    target: dict[str, Any]
    page_id: str | None
    url: str | None
    n_nodes: int
    last_ms: int = 0
    text: str = ""
    said: str = ""
    """The last text that was not empty: many pages empty the field once they have answered."""
    n_keys: int = 0
    was_focused: bool = False
    n_replaced: int = 0

    def key(self, text: str, ms: int, was_focused: bool) -> None:
        """Takes the field's new text."""
        self.text, self.said, self.last_ms = text, text or self.said, ms
        self.n_keys += 1
        self.was_focused |= was_focused
        self.n_replaced = 0

    def notice(self, touched: Iterable[Node]) -> None:
        """Takes the nodes that a mutation added or emptied."""
        form = _form_of(self.node) or next(islice(self.node.around(), 1, None), self.node)
        for node in touched:
            around = list(node.around())
            if form not in around and not any(one.attributes.get("role") in _SUGGESTIONS for one in around):
                self.n_replaced += 1

    @property
    def is_by_hand(self) -> bool:
        """Whether a person typed it: scripts fill a field at once, without going there."""
        return bool(self.said) and (self.was_focused or self.n_keys > 1)

    @property
    def is_answered(self) -> bool:
        """Whether the page has changed so much since that it must be the answer."""
        return self.is_by_hand and self.n_replaced >= max(5, SHARE_REPLACED * self.n_nodes)

    def is_next_search(self, ms: int) -> bool:
        """Whether a key at this time begins another search."""
        return self.is_answered and ms - self.last_ms > PAUSE_MS

    def is_followed_by_page(self, ms: int) -> bool:
        """Whether a page that begins at this time answers it."""
        return self.is_by_hand and 0 <= ms - self.last_ms <= NAVIGATION_MS

    def is_sent_by(self, button: Node) -> bool:
        """Whether the clicked element is the button that sends what was typed."""
        facts = facts_of(target_of(button))
        if not self.said or not (facts["is_search_button"] or facts["is_submit_button"]):
            return False
        form = _form_of(self.node)
        own = button.attributes.get("form")
        is_of_form = form is not None and (own == form.attributes.get("id") if own else form in button.around())
        return bool(facts["is_search_button"] or is_of_form or facts_of(self.target)["is_search_field"])


def _form_of(node: Node) -> Node | None:
    is_form = (one for one in node.around() if one.tag == "form" or one.attributes.get("role") == "search")
    return next(is_form, None)
