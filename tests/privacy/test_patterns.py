"""Patterns with checks: what they take, what they leave, and that a second pass finds nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.privacy.patterns import Taken, find_patterns, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.residual import residual_kinds

ANN = Pseudonyms(b"secret", "ann")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to ann.lee+shop@mail.example.com!", "email", "ann.lee+shop@mail.example.com"),
        ("ann%40example.com", "email", "ann@example.com"),
        ("ann%2540example.com", "email", "ann@example.com"),
        (r"{\"mail\": \"ann\u0040example.com\"}", "email", "ann@example.com"),
        (r"ann\x40example.com", "email", "ann@example.com"),
        ("ann&#64;example.com", "email", "ann@example.com"),
        ("a\u200bnn@exam\u00adple.com", "email", "ann@example.com"),
        ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email", "ann@example.com"),
        ("call (415) 555-2671 now", "phone", "(415) 555-2671"),
        ("+49 30 901820", "phone", "+49 30 901820"),
        ("London 020 7946 0958", "phone", "020 7946 0958"),
        ("tel: 2125550123", "phone", "2125550123"),
        ("card 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("378282246310005", "card", "378282246310005"),
        ("DE89 3704 0044 0532 0130 00 AND MORE", "iban", "DE89 3704 0044 0532 0130 00"),
        ("order 114-8642975-1357924", "order", "114-8642975-1357924"),
        ("Order number: AB123456", "order", "AB123456"),
        ("tracking 1Z999AA10123456784", "order", "1Z999AA10123456784"),
        ("Customer ID 99887766", "account", "99887766"),
        ("call 212 664-7665", "phone", "212 664-7665"),
        ("212\u2011664\u20117665", "phone", "212-664-7665"),
        ("Paris 01.42.68.53.00", "phone", "01.42.68.53.00"),
        ("ligue (11) 91234-5678", "phone", "(11) 91234-5678"),
        ("The courier tried 2126678603 twice", "phone", "2126678603"),
        ("please call me back on 0147756852", "phone", "0147756852"),
        ("Ich bin unter der Nummer mobil erreichbar unter 03081234567", "phone", "03081234567"),
        ("phone number is 48226226218", "phone", "48226226218"),
        ("card 4111.1111.1111.1111", "card", "4111.1111.1111.1111"),
        ("4111  1111  1111  1111", "card", "4111  1111  1111  1111"),
        ("DE89-3704-0044-0532-0130-00", "iban", "DE89-3704-0044-0532-0130-00"),
        ("TR33 0006 1005 1978 6457 8413 26", "iban", "TR33 0006 1005 1978 6457 8413 26"),
        ("N° de commande : 123456789", "order", "123456789"),
        ("Número de pedido: 123456789", "order", "123456789"),
        ("Bestellnr. 123456789", "order", "123456789"),
        ("RB123456785GB", "order", "RB123456785GB"),
        ("9400 1000 0000 0000 0000 00", "order", "9400 1000 0000 0000 0000 00"),
        ("from 81.2.69.142", "ip", "81.2.69.142"),
        ("from 2001:4860:4860::8888", "ip", "2001:4860:4860::8888"),
    ],
)
def test_a_value_of_a_known_shape_is_found_through_its_escapes(text: str, kind: str, value: str) -> None:
    assert [(span.kind, span.value) for span in find_patterns(text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        'Amazon Basics Foldable, 14" Metal Frame - Queen, B073WRF565',
        "GTIN 0194956623892, ISBN 978-1-4028-9462-6, 1402894626",
        "Puma RS-Dreamer 193990-16, Nike DM1186 600, 554724-096",
        "$1,299.00 was $1,499.00; 10000 mAh; 2026-10-05 12:33:44; 4.5 (12,345)",
        "card 4111 1111 1111 1112",  # no Luhn checksum
        "DE88 3704 0044 0532 0130 00",  # not 1 modulo 97
        "firmware v1.2.3.4 for router 192.168.1.1",
        "logo@2x.png @AnnTaylor 50% off",
        "123-456-7890",  # no such area
        "Ring 4K, tried 1000000 times, text 16 cm",
        "RB123456789GB, AB123456789XX",  # no check digit of a parcel
        "Cell 18650 3500 mAh, size 300 400-5000, ISO 01.02.03",
    ],
)
def test_product_texts_survive(text: str) -> None:
    assert scrub_text(text, "text", ANN) == (text, [])


def test_only_the_original_span_is_replaced() -> None:
    text, findings = scrub_text("caf%C3%A9 ann%40example.com 50% \u00a0", "text", ANN)
    assert re.fullmatch(r"caf%C3%A9 \[EMAIL_[0-9A-F]{4}\] 50% \u00a0", text)
    assert [(one.detector, one.place) for one in findings] == [("pattern:email", "text")]


PIECES = st.sampled_from(
    [
        "ann@example.com",
        "212-664-7665",
        "4111111111111111",
        "[EMAIL_7F3A]",
        "%40",
        "\\u0040",
        "+1 ",
        "8.8.8.8",
        "@",
        ".",
        "-",
        " ",
        "1",
        "order #",
        "114-8642975-1357924",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join))
def test_a_second_pass_finds_nothing_more(text: str) -> None:
    once, _ = scrub_text(text, "text", ANN)
    assert scrub_text(once, "text", ANN) == (once, [])


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc 123.,;()", max_size=20), st.text(alphabet="abc 123.,;()", max_size=20))
def test_an_address_between_any_texts_is_replaced_by_the_same_placeholder(before: str, after: str) -> None:
    text, _ = scrub_text(f"{before} ann@example.com {after}", "text", ANN)
    assert ANN.placeholder("email", "ann@example.com") in text
    assert residual_kinds(text) == []


def test_a_text_with_very_many_values_is_a_matter_of_its_length() -> None:
    assert len(find_patterns("a@b.example " * 50_000)) == 50_000
    assert find_patterns("\\" * 200_000) == []


def test_what_overlaps_something_taken_is_not_free() -> None:
    taken = Taken("abc [NAME_7F3A] def")
    taken.take(0, 2)
    assert [taken.is_free(*span) for span in ((2, 4), (1, 3), (3, 5), (15, 19))] == [True, False, False, True]
