"""Which texts of a page are asked for people, and which are left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.free_text.prose import find_in_prose, find_typed, pairs_of, typed_findings
from shopcart_assets.privacy.free_text.signs import Sign, sign_of
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.patterns import replace
from shopcart_assets.privacy.pseudonyms import Pseudonyms

ANN = Pseudonyms(b"secret", "ann")
PIECES = st.lists(
    st.sampled_from(
        [
            "my wife",
            "Photo by",
            "Sarah",
            "Kayla",
            "Whitfield",
            "Rose",
            "Brown",
            "van",
            "den",
            "Berg",
            ",",
            "I",
            "wrote",
            "5",
            "Elm",
            "Street",
            "Mr.",
            "for",
            "'s",
            "\n",
        ]
    ),
    max_size=14,
).map(" ".join)


def _scrubbed(body: str) -> tuple[str, list[str]]:
    page = scrub_page(f"<html><body>{body}</body></html>".encode(), url="https://shop.example/", pseudonyms=ANN)
    return page.html, [one.detector for one in page.findings if one.detector.startswith("people")]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>I bought it for my colleague Kayla Whitfield</p>",
        "<div class='review-body'><p>Great. Kayla Whitfield from support sent it.</p></div>",
        "<div data-hook=review-body>Late, yet Kayla Whitfield was kind.</div>",
        "<img alt='Photo by Kayla Whitfield'>",
        "<button aria-label='Report the answer of Kayla Whitfield'>!</button>",
        "<p>x</p>Answered by Kayla Whitfield",
        "<p>Answered by <b>Kayla Whitfield</b> today</p>",
        "<p><b>Reviewed by</b> Kayla Whitfield</p>",
        "<span>Reviewed by:</span> <span>\n <a href='#'>Kayla Whitfield</a></span>",
        "<div class='css-19x'><span>Kayla Whitfield</span></div>",
        "<a class='seller-link' href='/x'>Kayla Whitfield</a>",
        "<h1>You are shopping from Kayla Whitfield's wedding list</h1>",
        "<label>Who is it for? <input type=text value='Kayla Whitfield'></label>",
        "<p><i>x</i> for my wife <em>Kayla Whitfield</em></p>",
        "<p>I agree with what Kayla Whitfield said about my strap</p>",
        "<pre>{'by': 'Photo by Kayl\\u0061 Whitfield'}</pre>",
    ],
)
def test_people_go_from_what_people_write(markup: str) -> None:
    html, detectors = _scrubbed(markup)
    assert detectors and "Whitfield" not in html and "[NAME_" in html


@pytest.mark.parametrize(
    "markup",
    [
        "<h2>Shirt by Kayla Whitfield</h2>",
        "<h2><a>Photo by Kayla Whitfield, framed</a></h2>",
        "<div class='product-title'><span>Gift for my wife Sarah</span></div>",
        "<span id=productTitle>Registry of Kayla Whitfield</span>",
        "<p>Shirts by Ralph Lauren and Calvin Klein, in Brown</p>",
        "<div class='review-body'>My Calvin Klein jeans, and I love my Ralph Lauren too</div>",
        "<p>Photo by <a>Getty Images</a></p>",
        "<p>A gift for <a>Ralph Lauren</a></p>",
        "<p>Photo by</p><h2>Kayla Whitfield Lamp</h2>",
        "<a href='/b'>Kayla Whitfield</a><label><input type=checkbox value='Kayla Whitfield'>Kayla Whitfield</label>",
        "<h3>Kayla Whitfield</h3><select><option>Kayla Whitfield</option></select>",
        "<li class=brand>Photo by Kayla Whitfield</li>",
        "<h1>Kayla Whitfield Lamp</h1><div class='review-body'>My Kayla Whitfield lamp is great</div>",
    ],
)
def test_goods_and_brands_stay(markup: str) -> None:
    html, detectors = _scrubbed(markup)
    assert detectors == [] and "[NAME_" not in html


def test_a_found_name_is_told_to_the_events_of_the_page() -> None:
    page = scrub_page(b"<p>Photo by Kayla Whitfield<p>x", url="", pseudonyms=ANN)
    assert dict(page.people) == {"Kayla Whitfield": ANN.placeholder("name", "Kayla Whitfield")}


@given(PIECES)
def test_what_is_replaced_is_replaced_once_and_for_all(text: str) -> None:
    every = Sign.CUE | Sign.STORY | Sign.STREET
    for _ in range(8):
        spans = find_in_prose(text, every)
        assert all(one.end <= other.start for one, other in pairwise(spans))
        text = replace(text, spans, "text", ANN)[0]
    assert not find_in_prose(text, every)


@given(PIECES)
def test_the_cheap_look_misses_no_cue_and_no_street(text: str) -> None:
    found = find_in_prose(text, Sign.CUE | Sign.STREET)
    sign = sign_of(text)
    told = {letter for one in find_in_prose(text, sign) for letter in range(one.start, one.end)}
    assert told.issuperset(letter for one in found for letter in range(one.start, one.end)) or Sign.STORY in sign


def test_a_search_is_scrubbed_and_what_is_worth_it_is_looked_for_elsewhere() -> None:
    scrubbed, findings = typed_findings("gift for Kayla Whitfield at 5 Elm Street", "value", ANN)
    assert (
        scrubbed
        == f"gift for {ANN.placeholder('name', 'Kayla Whitfield')} at {ANN.placeholder('street', '5 Elm Street')}"
    )
    assert [one.place for one in findings] == ["value", "value"]
    assert list(pairs_of(find_typed("mug for my friend Sarah"))) == []
    assert list(pairs_of(find_typed("gift for Kayla Whitfield"))) == [("name", "Kayla Whitfield")]
