"""Placeholders: stable within a user, unlinkable between users and secrets."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.pseudonyms import Pseudonyms, without_numbers


@given(st.text())
def test_the_same_value_has_the_same_placeholder_however_it_is_written(value: str) -> None:
    ann = Pseudonyms(b"secret", "ann")
    assert ann.placeholder("name", f"  {value}\u00a0") == ann.placeholder("name", value)
    assert re.fullmatch(r"\[NAME_[0-9A-F]{4}\]", ann.placeholder("name", value))


def test_users_kinds_and_secrets_do_not_share_placeholders() -> None:
    values = [f"value {number}" for number in range(50)]

    def all_of(secret: bytes, user: str, kind: str) -> list[str]:
        pseudonyms = Pseudonyms(secret, user)
        return [pseudonyms.placeholder("city" if kind == "city" else "name", value)[-5:-1] for value in values]

    ann = all_of(b"secret", "ann", "name")
    for other in (all_of(b"secret", "bob", "name"), all_of(b"secret", "ann", "city"), all_of(b"other", "ann", "name")):
        assert sum(a == b for a, b in zip(ann, other, strict=True)) <= 1


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(Pseudonyms(b"hush", "ann"))


@given(st.text(), st.text())
def test_what_is_shown_where_no_erasure_reaches_tells_no_pseudonym(before: str, value: str) -> None:
    placeholder = Pseudonyms(b"secret", "ann").placeholder("city", value)
    shown = without_numbers(f"{before} {placeholder} in.{placeholder[1:-1].lower()}.x")
    assert placeholder[1:-1].lower() not in shown.lower() and shown.endswith(" [CITY] in.city.x")
