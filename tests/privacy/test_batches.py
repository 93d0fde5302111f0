"""A day in batches: every event in one of them, each with its page; the same tables whatever the cut, the engine and the spool."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform import page_batches
from shopcart_assets.platform.engine import LocalEngine
from shopcart_assets.privacy.batches import NOBODY, Plan, owner_of
from shopcart_assets.privacy.benchmark.plant import plant
from shopcart_assets.privacy.day import Scrubbing, scrub_day
from shopcart_assets.privacy.rescan import rescan_problems
from shopcart_assets.traffic.spool import Spool

EVENTS, PAGES = plant(6, seed=2).frames()
BY_ROW = [PAGES.slice(at, 1) for at in range(PAGES.height)]
SECRET = b"secret"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_batches.gathered, "__defaults__", (500,))


def test_each_event_is_in_one_batch_with_its_page_and_who_saw_it(small_batches: None) -> None:
    plan = Plan(EVENTS.sort("timestamp", "event_id"))
    batches = list(plan.batches(BY_ROW))
    assert len(batches) > 3
    assert sorted(one for batch in batches for one in batch.events["event_id"]) == sorted(EVENTS["event_id"])
    for batch in batches:
        assert set(batch.pages["page_id"]) <= set(batch.events["page_id"].drop_nulls()) == set(batch.viewers)
    pages = [page_id for batch in batches for page_id in batch.pages["page_id"]]
    assert pages == [one for one in PAGES["page_id"] if one in plan.viewers]


def test_a_page_belongs_to_its_only_viewer() -> None:
    viewers = {"one": ("ann",), "two": ("ann", "bob")}
    assert [owner_of(page, viewers) for page in ("one", "two", "none", None)] == ["ann", NOBODY, NOBODY, NOBODY]


def test_the_tables_do_not_depend_on_batches_engine_and_spool(tmp_path: Path, small_batches: None) -> None:
    whole = scrub_day(EVENTS, PAGES, SECRET)
    cut = Scrubbing(SECRET, LocalEngine(2), partial(Spool, tmp_path)).over(EVENTS, BY_ROW)
    assert whole.findings.height > 20 and whole.findings["detector"].str.starts_with("gazetteer").any()
    for name, rows in cut.tables().items():
        assert rows.lazy().collect().equals(whole.tables()[name]), name
    assert whole.pages["page_id"].to_list() == [one for one in PAGES["page_id"] if one in set(whole.pages["page_id"])]


def test_the_check_s_search_does_not_depend_on_batches(small_batches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    left = scrub_day(EVENTS, PAGES, SECRET, with_gazetteer=False)
    rows = [left.pages.slice(at, 1) for at in range(left.pages.height)]
    cut = rescan_problems(left.events, rows, EVENTS, BY_ROW)
    monkeypatch.setattr(page_batches.gathered, "__defaults__", (10**9,))
    whole = rescan_problems(left.events, [left.pages], EVENTS, [PAGES])
    assert sorted(cut) == sorted(whole) and len(whole) > 5


def test_events_without_pages_are_a_day_too() -> None:
    (batch,) = Plan(EVENTS.with_columns(page_id=pl.lit(None, pl.String()))).batches([])
    assert batch.events.height == EVENTS.height and batch.pages.is_empty() and batch.viewers == {}
