"""Addresses: parameters by allow-list, people in paths, restricted pages."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.urls import is_restricted, scrub_url

ANN = Pseudonyms(b"secret", "ann")


@pytest.mark.parametrize(
    ("url", "reduced"),
    [
        (
            "https://www.amazon.com/s?k=red+shoes&rh=n%3A123&crid=1X&sprefix=re",
            "https://www.amazon.com/s?k=red+shoes&rh=n%3A123",
        ),
        ("/dp/B073WRF565/ref=sr_1_1?qid=163&th=1#customerReviews", "/dp/B073WRF565/ref=sr_1_1?th=1#customerReviews"),
        ("https://ann:pw@shop.example/x", "https://shop.example/x"),
        ("/r?url=https%3A%2F%2Fshop.example%2Fann&k=https%3A%2F%2Fx", "/r"),
        ("mailto:ann@example.com", ""),
        ("tel:+12125550123", ""),
        ("javascript:go('ann')", ""),
        (" data:text/html,ann", ""),
        ("#reviews", "#reviews"),
        ("#access_token=x&user=ann", ""),
        ("http://[broken", "http://[broken"),
        ("", ""),
    ],
)
def test_what_says_nothing_about_the_person_stays(url: str, reduced: str) -> None:
    assert scrub_url(url, "url", ANN) == (reduced, [])


def test_people_in_paths_and_queries_get_placeholders() -> None:
    user, found = scrub_url("https://www.ebay.com/usr/john_doe?_trksid=1", "attribute:href", ANN)
    assert user == "https://www.ebay.com/usr/" + ANN.placeholder("name", "john_doe")
    assert [(one.kind, one.detector, one.place) for one in found] == [("name", "zone:personal_path", "attribute:href")]
    for address, person in [
        ("/member/48213-marta/closet", "48213-marta"),
        ("/wedding-list/couple/jorg-winter/gifts", "jorg-winter"),
        ("/wedding-list/couple/janwillem-van-den-berg", "janwillem-van-den-berg"),
        ("https://shop.example/reviews/by/ann-lee", "ann-lee"),
    ]:
        assert scrub_url(address, "url", ANN)[0] == address.replace(person, ANN.placeholder("name", person))
    for address in ("/sellers/gift-cards", "/member/benefits", "/by/brand/ann-lee"):
        assert scrub_url(address, "url", ANN) == (address, [])
    query, _ = scrub_url("/s?k=ann%40example.com+shoes", "url", ANN)
    assert query == f"/s?k={ANN.placeholder('email', 'ann@example.com')}%20shoes"


@pytest.mark.parametrize(
    ("url", "restricted"),
    [
        ("https://www.amazon.com/ap/signin?x=1", True),
        ("https://shop.example/checkout", True),
        ("https://shop.example/checkout.php", True),
        ("/my-account/orders", True),
        ("https://login.example/mugs", False),
        ("https://shop.example/dp/checkout-counter-bell", False),
        ("https://shop.example/s?k=login", False),
        ("https://shop.example/cart", False),
        ("", False),
    ],
)
def test_login_account_and_checkout_pages_are_known_by_a_whole_segment(url: str, restricted: bool) -> None:
    assert is_restricted(url) is restricted


@given(
    st.text()
    | st.lists(
        st.sampled_from(["/", "usr", "?", "&", "k=", "#", "ann@example.com", "//", "http:", "%40", ";", "[", "@"])
    ).map("".join)
)
@example("0\r#")
def test_any_address_is_reduced_once_and_for_all(url: str) -> None:
    once, _ = scrub_url(url, "url", ANN)
    assert scrub_url(once, "url", ANN) == (once, [])
