"""A day: owners, accounts, and errors that quote nothing."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.day import scrub_day
from shopcart_assets.privacy.errors import PrivacyError
from shopcart_assets.privacy.pseudonyms import Pseudonyms

URL = "https://shop.example/s?k=mugs"
SECRET = b"secret"


def _events(*rows: tuple[str, str, int, str | None]) -> pl.DataFrame:
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    return pl.DataFrame(
        [
            {
                "event_id": event_id,
                "user_id": user_id,
                "session_id": "s",
                "timestamp": start + dt.timedelta(minutes=minute),
                "event_type": "click",
                "url": URL,
                "page_id": page_id,
            }
            for event_id, user_id, minute, page_id in rows
        ],
        schema=table("traffic.events").schema(),
    )


def _pages(**html: bytes) -> pl.DataFrame:
    return pl.DataFrame(
        [{"page_id": page_id, "url": URL, "html": one} for page_id, one in html.items()],
        schema=table("traffic.pages").schema(),
    )


@pytest.mark.parametrize(("other", "owner"), [("ann", "ann"), ("bob", "")])
def test_a_page_belongs_to_the_one_user_who_saw_it_or_to_nobody(other: str, owner: str) -> None:
    events = _events(("e2", other, 2, "p"), ("e1", "ann", 1, "p"))
    day = scrub_day(events, _pages(p=b"<p>Hello, Rose Lee</p>"), SECRET)
    assert Pseudonyms(SECRET, owner).placeholder("name", "Rose Lee") in day.pages["html"][0]


def test_kept_and_dropped_are_what_the_events_name() -> None:
    events = _events(
        ("e1", "ann", 1, "good"), ("e2", "ann", 2, "gone"), ("e3", "ann", 3, "blank"), ("e4", "ann", 4, None)
    )
    day = scrub_day(events, _pages(good=b"<p>x</p>", blank=b" ", unasked=b"<p>y</p>"), SECRET)
    assert day.pages["page_id"].to_list() == ["good"]
    assert day.drops.rows() == [("blank", "empty"), ("gone", "not_delivered")]
    assert day.events["event_id"].to_list() == ["e1", "e2", "e3", "e4"]


def test_the_tables_are_the_dictionarys_and_findings_are_numbered_within_their_source() -> None:
    events = _events(("e1", "ann", 1, "p")).with_columns(value=pl.lit("a@example.com b@example.com"))
    day = scrub_day(events, _pages(p=b"<p>c@example.com</p>"), SECRET)
    for name, frame in day.tables().items():
        assert frame.schema == table(name).schema()
    assert day.findings.select("source", "source_id", "ordinal", "place").rows() == [
        ("event", "e1", 1, "value"), ("event", "e1", 2, "value"), ("page", "p", 1, "text"),
    ]  # fmt: skip
    assert day.pages["n_findings"].to_list() == [1]
    assert "example.com" not in str([frame.to_dicts() for frame in day.tables().values()])


def test_the_same_day_gives_the_same_tables_and_another_secret_other_placeholders() -> None:
    events, pages = _events(("e1", "ann", 1, "p")), _pages(p=b"<p>Hello, Rose Lee</p>")
    assert scrub_day(events, pages, SECRET).pages.equals(scrub_day(events, pages, SECRET).pages)
    assert not scrub_day(events, pages, SECRET).pages.equals(scrub_day(events, pages, b"other").pages)


def test_a_day_without_anything_has_four_empty_tables() -> None:
    day = scrub_day(_events(), _pages(), SECRET)
    assert [frame.height for frame in day.tables().values()] == [0, 0, 0, 0]


def test_an_error_names_the_page_and_quotes_nothing() -> None:
    def broken(html: bytes, **_: Any) -> Any:
        raise RuntimeError(f"cannot read {html.decode()}")

    with pytest.raises(
        PrivacyError, match=r"^page p could not be scrubbed \(RuntimeError\); nothing of the day was written$"
    ) as caught:
        scrub_day(_events(("e1", "ann", 1, "p")), _pages(p=b"<p>Rose Lee</p>"), SECRET, broken)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_an_error_names_the_event_and_quotes_nothing() -> None:
    with pytest.raises(PrivacyError, match=r"^event e1 could not be scrubbed \(ValueError\)"):
        scrub_day(_events(("e1", "ann", 1, None)).with_columns(target=pl.lit("Rose Lee")), _pages(), SECRET)


def test_only_the_columns_of_the_contract_leave_the_stage() -> None:
    events = _events(("e1", "u1", 0, None)).with_columns(extra=pl.lit('{"shipping_name": "Ann Smith"}'))
    scrubbed = scrub_day(events, _pages(), SECRET)
    assert scrubbed.events.schema == table("privacy.events").schema()
    assert "Ann Smith" not in str([frame.to_dicts() for frame in scrubbed.tables().values()])


def test_a_page_s_format_goes_with_it() -> None:
    events = _events(("e1", "ann", 1, "p"), ("e2", "ann", 2, "q"))
    pages = _pages(p=b"<a name=x>x</a>", q=b"<p>y</p>").with_columns(format=pl.Series(["context", "raw"]))
    assert scrub_day(events, pages, SECRET).pages["format"].to_list() == ["context", "raw"]
