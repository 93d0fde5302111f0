"""The user's own values in every form and escape, and goods that are called like the user left alone."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.catalogue import CatalogueWords
from shopcart_assets.privacy.gazetteer import Gazetteer, OwnValue, completed
from shopcart_assets.privacy.pseudonyms import Pseudonyms

ANN = Pseudonyms(b"secret", "ann")
NAME = ANN.placeholder("name", "Quillon Zebroski")


def _of(*values: OwnValue) -> Gazetteer:
    return Gazetteer(ANN, values)


QUILLON = _of(
    ("name", "Quillon Zebroski"), ("street", "1742 Zanzibrook Lane"), ("city", "Qwaxford"), ("postcode", "90417")
)


@pytest.mark.parametrize(
    "text",
    [
        "Quillon Zebroski",
        "QUILLON\u00a0ZEBROSKI",
        "quillon-zebroski",
        "quillon_zebroski",
        "quillonzebroski88",
        "Quillon%20Zebroski",
        "Quillon+Zebroski",
        "Quillon\\u0020Zebroski",
        "&#81;uillon Zebroski",
        "Qui\u200bllon Zebroski",
        "Zebroski, Quillon",
        "Q. Zebroski",
        "qzebroski",
        "Quillon Z.",
    ],
)
@pytest.mark.parametrize("in_catalogue", [True, False])
def test_the_full_name_is_one_placeholder_in_every_form(text: str, in_catalogue: bool) -> None:
    scrubbed, found = QUILLON.scrub_text(f"(to {text})", "text", in_catalogue)
    assert (scrubbed.rstrip("8)"), len(found)) == (f"(to {NAME}".rstrip("8)"), 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (("name", "Quillon Zebroski"), "for Quillon Zebroki"),
        (("name", "Quillon Zebroski"), "for Quilon Zebroski"),
        (("name", "Quillon Zebroski"), "for Quillon Zerboski"),
        (("name", "Femke van den Berg"), "van den Berg, Femke"),
        (("name", "Femke van den Berg"), "F. van den Berg"),
        (("name", "Ann da Silva"), "da Silva, Ann"),
        (("name", "Łukasz Bąk"), "Lukasz Bak"),
        (("name", "Łukasz Jaworski"), "/list/ukasz-jaworski"),
        (("name", "Jürgen Böhmer"), "/list/j-rgen-b-hmer"),
        (("street", "1742 Zanzibrook Lane"), "1742 Zanzibrook Ln."),
        (("street", "1742 Zanzibrook Lane"), "1742 Zanzibrok Lane"),
        (("street", "1742 North Zanzibrook Avenue"), "1742 N. Zanzibrook Ave"),
        (("street", "Hauptstraße 5"), "Hauptstr. 5"),
        (("street", "Hauptstraße 5"), "5 HAUPTSTRASSE"),
        (("street", "Calle Mayor 970"), "C/ Mayor, 970"),
    ],
)
def test_values_are_found_misspelt_shortened_and_reordered(value: OwnValue, text: str) -> None:
    spans = _of(value).find(f"to {text}!", True)
    assert len(spans) == 1 and spans[0].value == value[1] and spans[0].end == len(f"to {text}".rstrip("."))


@pytest.mark.parametrize(
    "text", ["Quillon Zebra", "Ann Zebroki", "Zebroki", "van", "1743 Zanzibrok Lane", "Zanzibrook Ln"]
)
def test_a_mistake_is_forgiven_beside_what_is_right_only(text: str) -> None:
    values: tuple[OwnValue, ...] = (
        ("name", "Quillon Zebroski"),
        ("name", "Femke van den Berg"),
        ("street", "1742 Zanzibrook Lane"),
    )
    assert [span for span in _of(*values).find(text, True) if text[span.start : span.end] != "Quillon"] == []


@pytest.mark.parametrize("text", ["Quillon’s list", "quillon's list", "quillons-list", "Hello, Quillon"])
def test_a_possessive_stays_and_a_cue_counts_in_a_catalogue_too(text: str) -> None:
    scrubbed, found = QUILLON.scrub_text(text, "text", True)
    assert len(found) == 1 and found[0].detector == "gazetteer" and "uillon" not in scrubbed
    assert scrubbed.endswith(text[-6:]) or text.startswith("Hello")


@pytest.mark.parametrize(
    "text",
    ["Quillonia", "Aquillon", "1742 Zanzibrook", "904170", "$90417", "90417-B", "90417.99", "11742 Zanzibrook Lane"],
)
def test_boundaries(text: str) -> None:
    assert QUILLON.find(text, False) == []


@pytest.mark.parametrize("text", ["near Qwaxford", "ZIP 90417", "90417-1234", "dear quillon", "Zebroski"])
def test_lone_words_go_outside_catalogues(text: str) -> None:
    assert len(QUILLON.find(text, False)) == 1


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Ann Brown", "Brown Leather Sofa, Dark Brown"),
        ("Rose Quillon", "Rose Gold Ring"),
        ("Rose Quillon", "rose gold ring for women"),
        ("Quentin Price", "Price: $9.99"),
        ("Ann Brown", "A brown bag"),
        ("Art Reed", "Reed diffuser, wall art"),
    ],
)
def test_words_of_the_trade_are_no_names(name: str, title: str) -> None:
    gazetteer = _of(("name", name))
    assert gazetteer.find(title, True) == gazetteer.find(title, False) == []


@pytest.mark.parametrize(
    ("name", "goods"),
    [("Jean Smith", "Slim fit jeans"), ("Paul Earl", "pearl ring"), ("Thi Slepova", "Does this fit?")],
)
def test_an_initial_and_a_short_name_are_no_word_of_the_trade(name: str, goods: str) -> None:
    assert _of(("name", name)).find(goods, False) == []


def test_what_a_slug_leaves_of_a_lone_name_may_be_goods() -> None:
    assert _of(("name", "Sofía Quillon")).find("grey sofa", False, is_typed=True) == []


@pytest.mark.parametrize(
    "text",
    ["Hello, Rose", "love, Rose", "e.g. Rose", "Rose's wish list", "a mug for Rose", "Rose Quillon", "R. Quillon"],
)
def test_and_are_names_where_the_words_around_say_so(text: str) -> None:
    assert len(_of(("name", "Rose Quillon")).find(text, False)) == 1


@pytest.mark.parametrize(
    "text", ["(212) 664-7665", "212.664.7665", "+1 212 664 7665", "12126647665", "2126647665", "+1 (212) 664 7665"]
)
def test_a_phone_number_is_its_digits(text: str) -> None:
    spans = _of(("phone", "+1 212-664-7665")).find(f"call {text}!", False)
    assert [text.endswith(f"call {text}!"[span.start : span.end]) for span in spans] == [True]


@pytest.mark.parametrize(
    "text", ["Jürgen Weiß", "JUERGEN WEISS", "jurgen-weiss", "J%C3%BCrgen Wei%C3%9F", "Jürgen Weiß"]
)
def test_accents_are_spelt_in_several_ways(text: str) -> None:
    assert len(_of(("name", "Jürgen Weiß")).find(text, False)) == 1


def test_a_name_in_other_letters_is_found_too() -> None:
    gazetteer = _of(("name", "Ольга Ким"))
    assert len(gazetteer.find("для Ольга Ким", True)) == 1 and gazetteer.may_be_in("для Ольга Ким".encode())


def test_an_address_keeps_its_shape() -> None:
    url, found = QUILLON.scrub_url("/lists/quillon-zebroski?k=red+mug&q=to+Qwaxford#top", "url")
    assert url == f"/lists/{NAME}?k=red+mug&q=to%20{ANN.placeholder('city', 'Qwaxford')}#top" and len(found) == 2
    title = "/Qwaxford-Mug/dp/B01?th=1"
    assert QUILLON.scrub_url(title, "url") == (title, [])


@given(
    st.text(max_size=30),
    st.sampled_from(
        [
            "Quillon Zebroski",
            "QUILLON_ZEBROSKI",
            quote("Quillon Zebroski"),
            "".join(f"%{ord(letter):02x}" for letter in "Quillon Zebroski"),
            "".join(f"&#{ord(letter)};" for letter in "Quillon Zebroski"),
            "1742  zanzibrook lane",
        ]
    ),
)
def test_what_is_found_is_never_left_out_by_the_cheap_test_and_goes_at_once(around: str, value: str) -> None:
    text = f"{around} {value} {around}"
    scrubbed, found = QUILLON.scrub_text(text, "text", False)
    assert found and QUILLON.may_be_in(text.encode("utf-8", "replace"))
    assert QUILLON.scrub_text(scrubbed, "text", False)[1] == []


def test_a_lone_name_in_small_letters_is_one_where_people_type_and_in_addresses_only() -> None:
    settings = _of(("name", "Settings"))
    assert settings.find("change your settings", False) == [] and settings.find("my settings", False, is_typed=True)
    assert settings.scrub_url("/s?k=settings", "url")[1] and len(settings.find("Settings", False)) == 1


def test_of_what_was_typed_letter_by_letter_the_whole_counts() -> None:
    assert completed([("city", "Os"), ("city", "Oslo"), ("city", "O"), ("name", "Oslo")]) == [
        ("city", "Oslo"),
        ("name", "Oslo"),
    ]
    assert completed([]) == []


def test_values_are_never_shown() -> None:
    assert "Quillon" not in repr(QUILLON) and "Quillon" not in repr(QUILLON._forms)


def test_a_lean_gazetteer_finds_the_same_and_carries_little() -> None:
    titles = ("Rose Gold Ring", "Mug", "Mug", "Ring for Rose")
    trade = CatalogueWords({("rose",): 4, ("mug",): 9})
    full = Gazetteer(Pseudonyms(b"s", "u"), (("name", "Rose Quillon"),), trade, titles)
    lean = full.lean()
    assert lean.titles == ("Rose Gold Ring", "Ring for Rose") and lean.trade == CatalogueWords({("rose",): 4})
    for text in ("Rose gold ring", "a mug for Rose.", "ROSE QUILLON", "rose"):
        for in_catalogue in (True, False):
            assert lean.find(text, in_catalogue) == full.find(text, in_catalogue)


@pytest.mark.parametrize(
    "text",
    [
        "ann.lee77@mail.example",
        "ann.lee77+shop@mail.example",
        "ANN.LEE77 at mail dot example",
        "ann.lee77 [at] mail.example",
        "by ann.lee77!",
    ],
)
def test_an_address_is_found_as_people_write_it_and_by_its_first_part(text: str) -> None:
    assert len(_of(("email", "ann.lee77@mail.example")).find(text, True)) == 1


@pytest.mark.parametrize(
    ("email", "text"),
    [("roses@mail.example", "Roses"), ("ann.lee77@mail.example", "xann.lee77"), ("a1@b.example", "a1")],
)
def test_but_not_by_a_first_part_that_is_a_word_or_short(email: str, text: str) -> None:
    assert _of(("email", email)).find(text, False) == []


def test_a_name_that_is_said_very_often_is_found_in_the_time_of_the_text() -> None:
    assert len(_of(("name", "Henrietta Vossberg")).find("Henrietta " * 30_000, True)) == 0
    assert len(_of(("name", "Henrietta Vossberg")).find("Dear Henrietta, " * 5_000, True)) == 5_000


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Account menu for Rosa von der Heide", "Account menu for {}"),
        ("/people/rosa-winter/gifts", "/people/{}/gifts"),
        ("Hello Rosa, Winter is coming", "Hello {}, Winter is coming"),
        ("Hello Rosa Customer", "Hello {} Customer"),
        ("Hello Rosa Account", "Hello {} Account"),
        ("Signed in as Rosa Quellbrunn", "Signed in as {}"),
    ],
)
def test_family_names_behind_a_given_name_go_with_it(text: str, left: str) -> None:
    rosa = Gazetteer(Pseudonyms(b"secret", "rosa"), (("name", "Rosa"),))
    scrubbed, found = rosa.scrub_text(text, "text", False, is_typed=text[0] == "/")
    assert [scrubbed] == [left.format(one.placeholder) for one in found]


def test_a_lone_name_is_a_person_where_an_address_names_one() -> None:
    grace = Gazetteer(Pseudonyms(b"secret", "grace"), (("name", "Grace Hopper"),), CatalogueWords({("grace",): 9}))
    assert "grace" not in grace.scrub_url("/member/grace/reviews", "url")[0]
    assert grace.scrub_url("/blog/grace", "url")[0] == "/blog/grace"


def test_a_family_name_of_several_words_spoils_no_goods() -> None:
    told = Gazetteer(Pseudonyms(b"secret", "u"), (("name", "Van der Meulen"),))
    assert told.scrub_text("Van der Meulen Cushion Cover", "text", True)[1] == []
    assert len(told.scrub_text("for the attention of van der Meulen", "value", False, is_typed=True)[1]) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("do you deliver to Santa [NAME_1188] on a saturday", "Santa"),
        ("do you ship to [NAME_9FB8] op Zoom, i live there", "Zoom"),
        ("on file: Quillon, [NAME_1234], last tested in May", "Quillon"),
        ("Happy anniversary, [NAME_1234]  Quillon!", "Quillon"),
    ],
)
def test_what_is_left_of_a_value_of_which_a_part_was_taken_for_a_name_goes_too(text: str, left: str) -> None:
    values: tuple[OwnValue, ...] = (("city", "Santa Rosa"), ("city", "Bergen op Zoom"), ("name", "Rose Quillon"))
    assert left not in Gazetteer(ANN, values).scrub_text(text, "text", False)[0]
    assert "Santa is coming" in Gazetteer(ANN, values).scrub_text("Santa is coming", "text", False)[0]
