"""What a recipe's selectors find in and before the elements of one page. Each question is asked once: pages repeat them by thousands."""

from collections import defaultdict
from collections.abc import Iterable, Set

from shopcart_assets.context.css import all_in, first_in
from shopcart_assets.context.parse import Element
from shopcart_assets.context.texts import label_text


class Nearby:
    """The texts that selectors find near the elements of one page."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._inside: dict[tuple[Element, str], str | None] = {}
        self._before: defaultdict[str, dict[Element, str]] = defaultdict(dict)
        self._matches: dict[str, tuple[Set[Element], Set[Element]]] = {}

    def text_in(self, elements: Iterable[Element], selector: str) -> str:
        """The text of the first match in the elements, as `text_in`; empty where nothing matches in any."""
        for element in elements:
            asked = element, selector
            if asked not in self._inside:
                self._inside[asked] = text_in(element, selector)
            if (text := self._inside[asked]) is not None:
                return text
        return ""

    def text_before(self, element: Element, selector: str) -> str:
        """The text of the nearest match before the element, among its siblings and those of what holds it; empty where there is none."""
        answers = self._before[selector]
        matches, holders = self._found(selector)
        passed: list[Element] = []
        answer: str | None = None
        at: Element | None = element
        while at is not None and (answer := answers.get(at)) is None:
            passed.append(at)
            before = at.getprevious()
            if before is not None and before in holders:
                found = before if before in matches else first_in(before, selector)
                answer = "" if found is None else label_text(found)
                break
            at = at.getparent() if before is None else before
        answers.update(dict.fromkeys(passed, answer or ""))
        return answer or ""

    def _found(self, selector: str) -> tuple[Set[Element], Set[Element]]:
        """What matches on the page, and that with all that holds it."""
        if selector not in self._matches:
            matches = frozenset(all_in(self._root, selector))
            holders: set[Element] = set()
            for match in matches:
                at: Element | None = match
                while at is not None and at not in holders:
                    holders.add(at)
                    at = at.getparent()
            self._matches[selector] = matches, holders
        return self._matches[selector]


def text_in(element: Element, selector: str) -> str | None:
    """The text of the first match in the element; where it has none, what a picture or control is called. None where nothing matches."""
    found = first_in(element, selector)
    return None if found is None else label_text(found) or found.get("alt") or found.get("aria-label") or ""
