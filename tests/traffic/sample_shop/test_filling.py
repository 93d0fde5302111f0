"""Filled pages are as large as asked, look like a shop's, and leave what stands above alone."""

from pathlib import Path

import lxml.html
import pytest

from shopcart_assets.traffic.errors import DropError
from shopcart_assets.traffic.sample_shop.filling import saved, shelves

PAGE = b'<html><body class="shop"><div><a href="/x">Mug</a></div><main><button>Buy Now</button></main></body></html>'


def _paths(html: bytes, tag: str) -> list[str]:
    tree = lxml.html.document_fromstring(html).getroottree()
    return [tree.getpath(element) for element in tree.iter(tag)]


def test_shelves_fill_a_page_with_products_to_within_a_shelf() -> None:
    filled = shelves(100, seed=1)(PAGE)
    assert 100_000 <= len(filled) < 112_000 and filled == shelves(100, seed=1)(PAGE)
    assert filled.count(b'class="shelf-title"') >= 64 and b"__SHELVES__" in filled
    assert shelves(0, seed=1)(PAGE) == PAGE


def test_what_stands_above_keeps_its_address() -> None:
    filled = shelves(30, seed=1)(PAGE)
    assert _paths(PAGE, "button") == _paths(filled, "button")[:1]
    assert _paths(PAGE, "a")[0] == _paths(filled, "a")[0]


def test_saved_pages_fill_too(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<!doctype html><BODY id=x>\n<p>saved</p></BODY ></html>")
    (tmp_path / "note.txt").write_text("no page")
    filled = saved(tmp_path)(PAGE)
    assert filled.count(b"</body>") == 1 and b"<aside>\n<p>saved</p></aside>" in filled


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DropError, match=r"has no \.html files"):
        saved(tmp_path)
