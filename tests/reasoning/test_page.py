from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.page import Digest, cut, digest

PAGE = """
<html><body><h1>Results for mug</h1>
<ul>
<li><a name="red_mug.view_product">Red mug</a> <span>$9.99</span> <span>4.5 out of 5 stars</span></li>
<li><a name="blue_mug.view_product">Blue mug</a> <span>$12.00</span> <span>3.9 out of 5 stars</span></li>
</ul>
<input name="search_input" aria-label="Search the shop"><button name="go"></button>
</body></html>
"""


def test_a_target_is_seen_with_what_stands_around_it_and_nothing_else() -> None:
    seen = digest(PAGE, "blue_mug.view_product", 40)

    assert seen == Digest("Blue mug", "Blue mug $12.00 3.9 out of 5 stars")


def test_without_a_target_the_page_is_seen_from_its_start() -> None:
    expected = Digest("", "Results for mug Red mug $9.99")

    assert digest(PAGE, None, 12) == digest(PAGE, "not_on_the_page", 12) == expected


def test_without_a_target_what_every_page_has_is_passed_over() -> None:
    page = "<header>Sample Shop, hello!</header><main><h1>Red mug</h1> $9.99</main><footer>Help</footer>"

    assert digest(page, None, 12).seen == "Red mug $9.99"


def test_an_element_without_text_has_its_label() -> None:
    assert digest(PAGE, "search_input", 40).label == "Search the shop"
    assert digest(PAGE, "go", 40).label == ""


def test_pages_that_are_no_pages() -> None:
    for html in ("", "  \n", "<", "<!-- -->", "just words", "<p name='a'>" * 2_000, "\x00<b>x"):
        assert isinstance(digest(html, "a", 10), Digest)


@given(st.text(), st.integers(0, 30))
def test_a_cut_keeps_its_budget_and_whole_words(text: str, max_tokens: int) -> None:
    kept = cut(text, max_tokens).split()

    assert kept == text.split()[: len(kept)]
    assert estimate_tokens(" ".join(kept)) <= max_tokens
