"""Addresses in elements that no rule knows, and lines that look like one and are none. The people are made up."""

import pytest
from lxml import html

from shopcart_assets.privacy.blocks import Block, Lines, block_at, may_be_line
from shopcart_assets.privacy.page import mine_page, scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.slots import get

ANN = Pseudonyms(b"secret", "ann")


def _blocks(markup: str) -> list[Block]:
    root = html.fromstring(f"<body>{markup}</body>")
    slots = [(element, where) for element in root.iter("*") for where in ("text", "tail")]
    return [block for slot in slots if may_be_line([get(slot)]) and (block := block_at(slot))]


def _said(markup: str) -> list[tuple[str, str]]:
    blocks = _blocks(markup)
    assert all(block == blocks[0] for block in blocks)  # any of its lines tells the whole
    return [(span.kind, span.value) for _, spans in blocks[0].lines for span in spans] if blocks else []


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (
            "<div class='x1'><p>Ann Lee</p><p>5 Elm Street</p><p>Salem, OR 97301</p></div>",
            "Ann Lee|5 Elm Street|Salem|97301",
        ),
        (
            "<div><span>Parcel for</span> <b>Jonas Weber</b><br>Lindenallee 12<br>04105 Leipzig</div>",
            "Jonas Weber|Lindenallee 12|04105|Leipzig",
        ),
        (
            "<p>Ann Lee</p><p>5 Elm Street, Apt 4B</p><p>Salem</p><p>97301</p>",
            "Ann Lee|5 Elm Street, Apt 4B|Salem|97301",
        ),
        (
            "<li>Matti Virtanen</li><li>Kuusikatu 4 A</li><li>00100 Helsinki</li>",
            "Matti Virtanen|Kuusikatu 4 A|00100|Helsinki",
        ),
        (
            "<div>Mireille Dubois, 12 rue des Lilas, 69003 Lyon</div>",
            "Mireille Dubois|12 rue des Lilas|69003|Lyon",
        ),
        ("<div>Where to: 22 Baker Street, London NW1 6XE</div>", "22 Baker Street|London|NW1 6XE"),
        ("<b>Ann Lee</b><div>22 Baker Street, London NW1 6XE</div>", "Ann Lee|22 Baker Street|London|NW1 6XE"),
        ("<b>Where it goes</b><p>Kirkebakken 93</p><p>Karlskrona, 532 25</p>", "Kirkebakken 93|Karlskrona|532 25"),
        (
            "<p>Ann Lee</p><p>5 Elm Street</p><p>9020 Klagenfurt am Hang</p>",
            "Ann Lee|5 Elm Street|9020|Klagenfurt am Hang",
        ),
        (
            "<p>Ann Lee</p><p>5 Elm Street</p><p>Mogi das Cruzes</p><p>08780-123</p>",
            "Ann Lee|5 Elm Street|Mogi das Cruzes|08780-123",
        ),
        ("<p>Ann Lee</p><p>778 Elm Drive Apt 4B</p><p>45800 Salem</p>", "Ann Lee|778 Elm Drive Apt 4B|45800|Salem"),
        ("<p>San Diego</p><p>5 Elm Street</p><p>Salem, OR 97301</p>", "5 Elm Street|Salem|97301"),
    ],
)
def test_an_address_is_known_by_its_shape(markup: str, said: str) -> None:
    assert [value for _, value in _said(markup)] == list(filter(None, said.split("|")))


@pytest.mark.parametrize(
    "markup",
    [
        "<p>We met at 22 Baker Street, London NW1 6XE, for tea</p>",
        "<p>Lumen 500</p><p>12000 Btu</p>",
        "<p>5 Elm Street</p><p>is a film</p>",
        "<h2><a href='/dp/1'>5 Elm Street</a></h2><h2>Salem 97301</h2>",
        "<p>5 Elm Street</p><p>Suite 2450</p>",
        "<ul>" + "<li>5 Elm Street</li><li>word</li><li>other</li><li>more</li>" * 5 + "<li>Salem, OR 97301</li></ul>",
    ],
)
def test_other_lines_are_none(markup: str) -> None:
    assert _blocks(markup) == []


@pytest.mark.parametrize(
    ("markup", "is_own"),
    [
        ("<div class='css-1x8'><p>Ann Lee</p><p>5 Elm Street</p><p>Salem, OR 97301</p></div>", True),
        ("<div class='footer'><p>Ann Lee</p><p>5 Elm Street</p><p>Salem, OR 97301</p></div>", False),
        ("<div><p>Acme Ltd</p><p>5 Elm Street</p><p>Salem, OR 97301</p></div>", False),
    ],
)
def test_that_of_a_shop_is_no_user_s_own(markup: str, is_own: bool) -> None:
    assert {block.is_own for block in _blocks(markup)} == {is_own}


def _page(n: int) -> str:
    streets = ("Elm", "Oak", "Ash", "Fir", "Birch")
    cards = (
        f"<section><p>{name} Lee</p><p>{n} {street} Street</p><p>Salem, OR 9730{n}</p></section>"
        for n, (name, street) in enumerate(zip(("Ann", "Gareth", "Kayla", "Sarah", "Priya"), streets, strict=True))
    )
    return "<html><body>" + "".join(list(cards)[:n]) + "</body></html>"


@pytest.mark.parametrize(("n", "is_own"), [(1, True), (3, True), (5, False)])
def test_all_go_and_few_are_looked_for_elsewhere_for_many_are_shops(n: int, is_own: bool) -> None:
    page = scrub_page(_page(n).encode(), url="https://shop.example/", pseudonyms=ANN)
    assert "Street" not in page.html.replace("STREET", "") and "Salem" not in page.html
    assert ("0 Elm Street" in page.own) == is_own


def test_a_name_before_a_street_of_a_known_zone_is_the_user_s_too() -> None:
    body = "<div><strong class='a__b'>Ann Lee</strong><span>This is you</span><address>5 Elm Street<br>Salem 97301</address></div>"
    page = scrub_page(f"<html><body>{body}</body></html>".encode(), url="https://shop.example/", pseudonyms=ANN)
    assert {"Ann Lee", "5 Elm Street"} <= set(page.own) and "Lee" not in page.html


def test_deep_and_wide_pages_take_the_time_of_their_texts() -> None:
    deep = "<div>" * 250 + "5 Elm Street" + "</div>" * 250
    wide = "<p>5 Elm Street</p>" * 5_000
    root = html.fromstring(f"<body>{deep}{wide}</body>")
    known: Lines = {}
    assert not [one for one in root.iter("p", "div") if one.text and block_at((one, "text"), known)]
    assert len(known) < 5_300  # none is read twice


@pytest.mark.parametrize(
    ("markup", "own"),
    [
        (
            "<aside><div class='x1'>Kayla Whitfield</div><p>Silver</p><a>Orders</a><button>Log out</button></aside>",
            ["Kayla Whitfield"],
        ),
        (
            "<p>Jonas Weber</p><div><p>Best seller</p><ul>" + "<li>x</li>" * 20 + "</ul><button>Log out</button></div>",
            [],
        ),
        ("<h2>Hungry, Siobhán?</h2>", ["Siobhán"]),
        ("<div class='review-body'>Worth it, Siobhán!</div>", []),
        ("<h2><a href='/dp/1'>Candle, Siobhán</a></h2>", []),
    ],
)
def test_who_is_signed_in_or_spoken_to_is_the_user(markup: str, own: list[str]) -> None:
    html_ = f"<html><body>{markup}</body></html>".encode()
    assert list(scrub_page(html_, url="https://shop.example/", pseudonyms=ANN).own) == own
    assert list(mine_page(html_, url="https://shop.example/").own) == own
