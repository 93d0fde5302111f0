"""Figures and accounts."""

import polars as pl

from shopcart_assets.privacy.summary import event_problems, facts, page_problems


def _ids(*page_ids: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"day": ["2026-10-01"] * len(page_ids), "page_id": list(page_ids)},
        schema={"day": pl.String, "page_id": pl.String},
    )


def test_pages_that_are_lost_doubled_or_unasked_are_named() -> None:
    assert page_problems(_ids("a"), _ids("b"), _ids("a", "b", "b", None)) == []
    assert page_problems(_ids("a"), _ids("a", "c"), _ids("a", "b")) == [
        "page b is neither kept nor dropped", "page c is named by no event", "page a is both kept and dropped",
    ]  # fmt: skip


def test_events_that_are_lost_or_made_up_are_named() -> None:
    one, two = pl.DataFrame({"event_id": ["a", "b"]}), pl.DataFrame({"event_id": ["b", "c"]})
    assert event_problems(one, one) == []
    assert event_problems(two, one) == ["event a was lost", "event c was added"]


def test_figures_are_plain_numbers() -> None:
    findings = pl.DataFrame({"kind": ["name", "email", "name"]})
    assert facts("privacy.findings", findings) == {"found_name": 2, "found_email": 1}
    assert facts("privacy.pages", pl.DataFrame(schema={"n_findings": pl.Int64})) == {"findings_per_page": 0.0}
