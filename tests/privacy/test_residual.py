"""The second look: certain hits only, and it does not know the scrubber's patterns."""

import polars as pl
import pytest

from shopcart_assets.privacy.residual import residual_kinds, residual_problems


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ann@example.com", ["email"]),
        ("ann&#64;example.com", ["email"]),
        ("(212) 664-7665", ["phone"]),
        ("+49 30 901 8200", ["phone"]),
        ("4111-1111-1111-1111", ["card"]),
        ("[EMAIL_7F3A] [PHONE_7F3A]", []),
        ("logo@2x.png 4111111111111112 193990-16 123-456-7890 0194956623892", []),
    ],
)
def test_kinds_that_are_left(text: str, kinds: list[str]) -> None:
    assert residual_kinds(text) == kinds


def test_a_problem_names_row_column_and_kind_and_never_the_value() -> None:
    frame = pl.DataFrame({"page_id": ["p1", "p2"], "html": ["<p>ann@example.com</p>", None], "url": ["/", "/"]})
    assert residual_problems(frame, "page_id", ("html", "url")) == ["p1: email left in html"]
