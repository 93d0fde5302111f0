"""Where people write in their own words, and where they do not."""

import pytest
from lxml import etree

from shopcart_assets.privacy.llm_pass.free_text import blocks
from shopcart_assets.privacy.parsing import parse_text
from shopcart_assets.privacy.slots import get


def _texts(html: str) -> list[str]:
    return [" ".join(block.text.split()) for block in blocks(parse_text(html))]


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>One <b>and</b> two</p>three", ["One and two"]),
        ("<div class='review-text'>a<div>b</div>c</div>d", ["a", "b", "c"]),
        ("<div id=chat-log><span>Ann</span>: hi</div>", ["Ann: hi"]),
        ("<div data-hook=review-title><h3>For Ann</h3></div>", ["For Ann"]),
        ("<h2><q>Rose Mug</q></h2><div class=product-card><p>Blue</p></div><div class=card><p>Red</p></div>", ["Red"]),
        ("<div class=product-description><p>A mug</p></div>", []),
        ("<footer><p>Imprint</p></footer><nav><q>x</q></nav>", []),
        ("<div class=reviews>yes <button>Report Ann</button> no</div>", ["yes", "no"]),
        (
            "<div class=review><img alt='Ann and cat'><input type=hidden value=x><input value='my note'></div>",
            ["Ann and cat", "my note"],
        ),
        (
            "<div class=chat>a<b class=product-title>Rose Mug<i>x</i></b>b<div class=item-title><p>Mug</p></div></div>",
            ["a", "b"],
        ),
        ("<textarea>call Ann</textarea>", ["call Ann"]),
        ("<body class=reviews><div>x</div></body>", []),
        ("<p>a</p></html><p>b</p>", ["a", "b"]),
    ],
)
def test_blocks(html: str, texts: list[str]) -> None:
    assert [one for one in _texts(html) if one] == texts


def test_each_piece_stands_where_its_slot_says_and_belongs_to_elements_of_the_page() -> None:
    root = parse_text("<div class=review>I <i>gave<br>it</i> to <b>Ann</b> Lee<p title='so it is'>ok</p></div>")
    found = list(blocks(root))
    assert all(get(slot) == text for block in found for slot, text in block.pieces if slot)
    assert all(element.getroottree().getroot() is root for block in found for element in block.elements())
    assert [isinstance(block.zone, etree._Element) and block.zone.get("class") for block in found] == ["review"] * 3
