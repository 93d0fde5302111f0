"""Mining a raw day tells what the first pass is told, and quotes nothing when it fails."""

import datetime as dt

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy import mining
from shopcart_assets.privacy.benchmark.plant import plant
from shopcart_assets.privacy.errors import PrivacyError
from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.mining import Told, own_values_of_day
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms


def test_mining_tells_what_scrubbing_is_told() -> None:
    events, pages = plant(8, seed=3).frames()
    scrubbed, nobody = Told(), Pseudonyms(b"", "")
    html = {row["page_id"]: row for row in pages.iter_rows(named=True)}
    for (page_id,), seen in events.group_by("page_id"):
        row = html[page_id]
        page = scrub_page(row["html"], url=row["url"] or "", pseudonyms=nobody)
        scrubbed.add_page(page, set(seen["user_id"]))
        for event in seen.iter_rows(named=True):
            scrubber = EventScrubber(nobody, nobody, None if page.reason else page)
            scrubber.scrub(event)
            scrubbed.add_typed(event["user_id"], scrubber)
    mined = {user: (one.values, one.others) for user, one in own_values_of_day(events, [pages]).items()}
    assert mined == {user: (one.values, one.others) for user, one in scrubbed.gazetteers(b"").items()}
    assert sum(len(own) for own, _ in mined.values()) > 20 and any(others for _, others in mined.values())


def test_an_error_names_the_page_and_not_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(html: bytes, **_: object) -> None:
        raise RuntimeError("Ann Lee")

    monkeypatch.setattr(mining, "mine_page", fail)
    noon = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    row = {"event_id": "e", "user_id": "u", "timestamp": noon, "event_type": "click", "page_id": "p"}
    pages = pl.DataFrame([{"page_id": "p", "html": b"<p>Ann Lee"}], schema=table("traffic.pages").schema())
    with pytest.raises(PrivacyError, match=r"^page p could not be scrubbed \(RuntimeError\)") as failure:
        own_values_of_day(pl.DataFrame([row], schema=table("traffic.events").schema()), [pages])
    assert "Ann" not in str(failure.value) and failure.value.__context__ is None
