"""What the browser of the rrweb tests visits: the simulated sample shop, the one-page shop and saved pages, served on localhost."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.pages import Visitor, render
from shopcart_assets.traffic.sample_shop.people import person
from shopcart_assets.traffic.sample_shop.views import Shop

DRIVER = Path(__file__).parent / "rrweb_driver"
SHOP = Shop(Catalogue(7), n_results=3)
MENU = tuple(SHOP.catalogue.products.values())[::24]
VISITOR = Visitor(person(0, 7), "0123456789abcdef")
HOME = (
    b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sample Shop</title></head><body><h1>Sample Shop</h1>'
    b'<form role="search" action="/s"><input type="search" name="q" title="Search"><button>Go</button></form></body></html>'
)


def page(path: str, query: dict[str, str]) -> bytes | None:
    """The bytes at an address of the sample shop; None where it has no such page."""
    if path == "/":
        return HOME
    if path == "/spa":
        return (DRIVER / "spa.html").read_bytes()
    if path == "/s":
        words = query.get("q", query.get("k", ""))
        return render(SHOP.results(words, page_number=int(query.get("page", "1"))), VISITOR, MENU).html
    if path.startswith("/p/"):
        product = next(one for one in SHOP.catalogue.products.values() if one.sku == path.removeprefix("/p/"))
        return render(SHOP.product(product, SHOP.results(product.query)), VISITOR, MENU).html
    return None


@contextmanager
def serving(saved: Path | None = None) -> Iterator[str]:
    """Serves until the block ends; gives the address, such as http://127.0.0.1:40123. with `saved`, that folder's files instead of the shops."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if saved is not None:
                file = saved / Path(address.path).name
                body = file.read_bytes() if file.is_file() else None
            else:
                body = page(address.path, {key: values[0] for key, values in parse_qs(address.query).items()})
            self.send_response(204 if body is None else 200)  # 204: the browser stays where it is
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
