"""Recorded CSS selectors and XPaths, walked step by step. They come from logs: nothing in them is ever evaluated as a program.

Only what recorders write is understood: tags, ids, classes, attributes with a value, positions, children and descendants.
Anything else finds nothing.
"""

import re
from collections.abc import Iterator

from shopcart_assets.context.parse import DOCUMENT, Element

_XPATH = re.compile(
    r"""(?://\*\[@id=(?P<quote>["'])(?P<id>[^"'\]]+)(?P=quote)\])?(?P<steps>(?:/[a-zA-Z][\w:-]*(?:\[\d{1,6}\])?)*)"""
)
_XPATH_STEP = re.compile(r"/([a-zA-Z][\w:-]*)(?:\[(\d+)\])?")
_COMPOUND = re.compile(
    r"""(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<rest>(?:[#.][\w-]+|\[[\w-]+=["']?[^"'\]]*["']?\]|:nth-(?:child|of-type)\(\d{1,6}\))*)"""
)
_CONDITION = re.compile(
    r"""#(?P<id>[\w-]+)|\.(?P<cls>[\w-]+)|\[(?P<key>[\w-]+)=["']?(?P<value>[^"'\]]*)["']?\]|:nth-(?P<nth>child|of-type)\((?P<n>\d+)\)"""
)
_MAX_STEPS = 400
# The n-th child of a tag in a parent, as far as asked: counting anew for each of many siblings is quadratic.
Nth = dict[tuple[Element | None, str, int], Element | None]


def by_xpath(root: Element, xpath: str) -> list[Element]:
    """The element at a positional path, such as `/html/body/div[3]/a` or `//*[@id="x"]/a[2]`; a repeated id gives several.

    A browser puts `tbody` into every table, libxml2 does not: a step to a `tbody` that is not there stays where it is, and a row
    is looked for inside a `tbody` that the path does not name.
    """
    found = _XPATH.fullmatch(xpath.strip())
    if not found or xpath.count("/") > _MAX_STEPS:
        return []
    steps = [(tag.lower(), int(position or 1)) for tag, position in _XPATH_STEP.findall(found["steps"])]
    if found["id"]:
        starts = [element for element in root.iter() if element.get("id") == found["id"]]
    else:
        starts = [root] if root.tag == DOCUMENT or steps[:1] == [(root.tag, 1)] else []
        steps = steps if root.tag == DOCUMENT else steps[1:]
    ends = (_descend(start, steps) for start in starts)
    return [end for end in ends if end is not None]


def _descend(element: Element, steps: list[tuple[str, int]]) -> Element | None:
    for tag, position in steps:
        child = _nth(element, tag, position)
        if child is None and tag == "tbody":
            continue
        if child is None and tag == "tr":
            body = element.find("tbody")
            child = _nth(body, tag, position) if body is not None else None
        if child is None:
            return None
        element = child
    return element


def _nth(element: Element | None, tag: str, position: int) -> Element | None:
    if element is None:
        return None
    alike = element.iterchildren(tag)
    return next((child for at, child in enumerate(alike, start=1) if at == position), None)


def by_css(root: Element, css: str) -> list[Element]:
    """The elements that a plain selector matches, in document order; `table > tbody` also a table that has none here.

    >>> from shopcart_assets.context.parse import parse
    >>> page = parse('<ul id="m"><li class="a b"><a>1</a><li><a>2</a></ul>')
    >>> [found.text for found in by_css(page, "#m > li:nth-child(2) a")], by_css(page, "a:hover")
    (['2'], [])
    """
    parts = re.findall(r">|(?:\[[^\]]*\]|[^\s>\[])+", css.strip())
    compounds = [_COMPOUND.fullmatch(part) for part in parts if part != ">"]
    if not compounds or not all(compounds) or len(parts) > _MAX_STEPS:
        return []
    current = {root}
    nth: Nth = {}
    is_child = False
    is_first = True
    for part in parts:
        if part == ">":
            is_child = True
            continue
        bare = {one for one in current if one.tag == "table" and one.find("tbody") is None}
        # What is in a start is in those around it, too: looking into each of many nested ones anew is quadratic.
        starts = current if is_child or len(current) == 1 else _outermost(root, current)
        current = {
            found
            for start in starts
            for found in _matching(start, part, is_child, nth)
            if is_first or found is not start
        } | (bare if is_child and part.startswith("tbody") else set())
        is_child = is_first = False
    return [element for element in root.iter() if element in current]


def _outermost(root: Element, elements: set[Element]) -> list[Element]:
    inside: set[Element] = set()
    found = []
    for element in root.iter():
        if element.getparent() in inside:
            inside.add(element)
        elif element in elements:
            inside.add(element)
            found.append(element)
    return found


def _matching(start: Element, part: str, is_child: bool, nth: Nth) -> Iterator[Element]:
    compound = _COMPOUND.fullmatch(part)
    assert compound is not None  # by_css has refused what is not one
    tag = (compound["tag"] or "*").lower()
    elements = start.iterchildren(tag) if is_child else start.iter(tag)
    conditions = list(_CONDITION.finditer(compound["rest"]))
    return (element for element in elements if all(_holds(element, one, nth) for one in conditions))


def _holds(element: Element, condition: re.Match[str], nth: Nth) -> bool:
    if condition["id"]:
        return element.get("id") == condition["id"]
    if condition["cls"]:
        return condition["cls"] in (element.get("class") or "").split()
    if condition["key"]:
        return element.get(condition["key"]) == condition["value"]
    parent = element.getparent()
    asked = parent, element.tag if condition["nth"] == "of-type" else "*", int(condition["n"])
    if asked not in nth:
        nth[asked] = element if parent is None and asked[2] == 1 else _nth(*asked)
    return nth[asked] is element
