"""The XPaths of a page's elements. Each parent's children are counted once: lxml counts an element's siblings anew for each path."""

from shopcart_assets.context.parse import DOCUMENT, Element


class Paths:
    """The paths of one page, as lxml's `getpath` writes them; of a page of several roots, as lxml's own parser sees it.

    >>> from shopcart_assets.context.parse import parse
    >>> page, path_to = parse("<p>1<p>2<b>3</b>"), Paths()
    >>> path_to(page.find(".//b")), path_to(page)
    ('/html/body/p[2]/b', '/html')
    """

    def __init__(self) -> None:
        self._known: dict[Element, str] = {}

    def __call__(self, element: Element) -> str:
        """The path from the document's root."""
        known = self._known
        way = [element]
        while way[-1] not in known and (parent := way[-1].getparent()) is not None:
            way.append(parent)
        around = way.pop()
        if around not in known:
            known[around] = "" if around.tag == DOCUMENT else f"/{around.tag}"
        for inner in reversed(way):
            step = f"{known[around]}/{inner.tag}"
            alike = list(around.iterchildren(inner.tag))
            if len(alike) == 1:
                known[inner] = step
            else:
                known.update((one, f"{step}[{at}]") for at, one in enumerate(alike, start=1))
            around = inner
        return known[element]
