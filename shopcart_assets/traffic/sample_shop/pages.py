"""The sample shop's pages: a view rendered as raw HTML with all the noise of a real shop's page. No policy, no events.

Around a small visible part stand inline scripts with the customer's data as JSON, styles, comments, hidden parts, an account
zone and link farms. Every element that can be acted on carries a `data-eid`, as a recorder stamps it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shopcart_assets.traffic.sample_shop import noise
from shopcart_assets.traffic.sample_shop.catalogue import FILTERS, Product
from shopcart_assets.traffic.sample_shop.people import Person
from shopcart_assets.traffic.sample_shop.views import ResultsView, View

ORIGIN = "https://www.sample-shop.example"


@dataclass(frozen=True)
class Visitor:
    """Who a page is served to: it greets the person and carries the session's token."""

    person: Person
    session_token: str


@dataclass(frozen=True)
class Page:
    """A served page. `eids` gives the `data-eid` of each element that the policy can act on, by its ref (see views.Move)."""

    url: str
    html: bytes
    eids: Mapping[str, str]

    @property
    def page_id(self) -> str:
        """The sha256 of the bytes."""
        return hashlib.sha256(self.html).hexdigest()


def render(view: View, visitor: Visitor, menu: tuple[Product, ...]) -> Page:
    """The view as bytes; `menu` are the products of the hidden link farms. Equal arguments give equal bytes."""
    kind = "results" if isinstance(view, ResultsView) else "product"
    stamp = _Stamp()
    html = (
        _environment()
        .get_template(f"{kind}.html")
        .render(
            view=view,
            kind=kind,
            person=visitor.person,
            session_token=visitor.session_token,
            state=_state(view, visitor),
            menu=menu,
            filters=FILTERS,
            stylesheet=noise.stylesheet(),
            script=noise.script(),
            eid=stamp,
        )
    )
    return Page(url(view), html.encode(), stamp.eids)


def url(view: View) -> str:
    """The view's address, without anything personal."""
    if not isinstance(view, ResultsView):
        return f"{ORIGIN}/p/{view.product.sku}"
    filters = "".join(map(str, sorted(view.checked)))
    return f"{ORIGIN}/s?{urlencode({'k': view.query, 'page': view.page_number, **({'f': filters} if filters else {})})}"


class _Stamp:
    """Hands out `data-eid` attributes in document order and remembers which element is which."""

    def __init__(self) -> None:
        self.eids: dict[str, str] = {}
        self._n_stamped = 0

    def __call__(self, ref: str | None = None) -> Markup:
        self._n_stamped += 1
        eid = f"e{self._n_stamped}"
        if ref is not None:
            self.eids[ref] = eid
        return Markup('data-eid="{}"').format(eid)


def _state(view: View, visitor: Visitor) -> dict[str, Any]:
    """What shops leave in an inline script for their own front end."""
    return {
        "session": {"token": visitor.session_token, "flags": {f"exp_{n}": n % 3 == 0 for n in range(40)}},
        "customer": asdict(visitor.person),
        "page": {"url": url(view), "query": view.query, "suggestion": view.suggestion},
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
