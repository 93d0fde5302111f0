"""What makes a page of the sample shop as large as a real shop's: shelves of products and their data, or saved pages.

It stands below everything that a shopper of the sample shop can act on, so the elements above keep their addresses.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shopcart_assets.traffic.errors import DropError
from shopcart_assets.traffic.sample_shop.catalogue import Catalogue

Fill = Callable[[bytes], bytes]
"""A page's bytes, and the larger page's. Equal bytes give equal bytes."""

_END = b"</body>"
_N_SHELVES = 64
_CARDS_A_SHELF = 8
_BODY = re.compile(rb"<body\b[^>]*>(.*?)(?:</body\s*>|\Z)", re.DOTALL | re.IGNORECASE)


def shelves(page_kb: int, seed: int) -> Fill:
    """Fills pages up to `page_kb` kilobytes (1,000 bytes), to within a shelf; larger pages stay as they are."""

    def fill(html: bytes) -> bytes:
        parts, n_bytes, number = [], len(html), _number(html)
        while n_bytes < 1_000 * page_kb:
            parts.append(_shelf(seed, number % _N_SHELVES))
            n_bytes, number = n_bytes + len(parts[-1]), number + 1
        return _with(html, b"".join(parts))

    return fill


def saved(folder: Path) -> Fill:
    """Fills each page with the body of one of the folder's .html files. Raises DropError where it has none."""
    files = saved_files(folder)

    def fill(html: bytes) -> bytes:
        return _with(html, _body(files[_number(html) % len(files)]))

    return fill


def saved_files(folder: Path) -> list[Path]:
    """The folder's saved pages, by name. Raises DropError where there are none."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".html", ".htm"))
    if not files:
        raise DropError(f"{folder} has no .html files: give a folder of saved pages")
    return files


@lru_cache(maxsize=64)
def _body(file: Path) -> bytes:
    html = file.read_bytes()
    found = _BODY.search(html)
    return found.group(1) if found else html


def _number(html: bytes) -> int:
    """A number that the page's bytes decide."""
    return int.from_bytes(hashlib.sha256(html).digest()[:4])


def _with(html: bytes, more: bytes) -> bytes:
    """The page with `more` as the last thing of its body, in an element that the shop's body has no other of."""
    start, end, rest = html.rpartition(_END)
    return b"".join((start, b"<aside>", more, b"</aside>\n", end, rest)) if more else html


@cache
def _shelf(seed: int, number: int) -> bytes:
    """One shelf: cards as shops write them, in many wrappers, and the same products as the data of a script."""
    rng = random.Random(f"shelf-{seed}-{number}")
    products = rng.sample(list(_catalogue(seed).products.values()), _CARDS_A_SHELF)
    data = [
        {"sku": product.sku, "title": product.title, "track": f"{rng.getrandbits(256):064x}", "rank": rank}
        for rank, product in enumerate(products)
    ]
    template = _environment().get_template("shelf.html")
    return template.render(number=number, products=products, data=json.dumps(data)).encode()


@cache
def _catalogue(seed: int) -> Catalogue:
    return Catalogue(seed)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
