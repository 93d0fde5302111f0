"""The same rule for people and models: the target is on the page, and of the right kind."""

import polars as pl
import pytest

from shopcart_assets.evaluation.legality import illegal_reason, page_roles
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit

ROLES = {"q": "searchbox", "zip": "textbox", "go": "button", "size": "select", "red": "checkbox", "mug": "link"}


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Terminate(), None),
        *((Click(name), None) for name in ("go", "size", "red", "mug")),
        *((TypeAndSubmit(name, "x"), None) for name in ("q", "zip")),
        (Click("q"), "wrong_target_kind"),
        (TypeAndSubmit("go", "x"), "wrong_target_kind"),
        (Click("Mug"), "unknown_target"),
        (TypeAndSubmit("", "x"), "unknown_target"),
    ],
)
def test_the_rule(action: Action, reason: str | None) -> None:
    assert illegal_reason(action, ROLES) == reason


def test_terminate_is_legal_on_a_page_without_names() -> None:
    assert illegal_reason(Terminate(), {}) is None


def test_a_page_has_its_own_days_names_in_page_order_and_in_nfc() -> None:
    names = pl.DataFrame(
        [
            ("d1", "p", "b", "link", 2),
            ("d1", "p", "ka\u0308se", "link", 1),
            ("d2", "p", "c", "link", 1),
            ("d1", "x", "d", "link", 1),
        ],
        {"day": str, "page_id": str, "name": str, "role": str, "position": pl.Int64},
        orient="row",
    )
    cases = pl.DataFrame({"day": ["d1", "d1"], "page_id": ["p", "gone"]})
    pages = page_roles(names, cases)
    assert {key: list(roles) for key, roles in pages.items()} == {("d1", "p"): ["käse", "b"]}
