"""What the benchmark does around Presidio; the analyzer itself is another project's and stands in as a function here."""

import pytest

from shopcart_assets.privacy.benchmark import presidio
from shopcart_assets.privacy.benchmark.measure import measure, share_of_targets_altered, texts
from shopcart_assets.privacy.benchmark.plant import plant


def test_without_a_model_it_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio, "_MODELS", ())
    assert presidio.presidio_model() is None


def test_every_text_attribute_and_typed_value_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio, "_masker", lambda model: lambda text: "[NAME_0000]" if "@" in text else text)
    planted = plant(3, seed=5)
    events, pages = planted.frames()
    day = presidio.scrub_by_presidio(events, pages)
    before = texts(((page["page_id"], page["html"]) for page in planted.pages), events)
    after = texts(((name, html.encode()) for name, html in day.pages.select("page_id", "html").iter_rows()), day.events)
    quality = measure(planted, before, after, share_of_targets_altered(events, day.events))
    assert quality.recall_by_kind["own"]["city"] == 0.0 and quality.share_of_titles_altered == 0.0
    emails = [
        one
        for one in planted.mentions
        if one.kind == "email" and one.channel in ("text", "event") and "@" in before[one.place]
    ]
    assert emails and all("[NAME_0000]" in after[one.place] for one in emails)
    assert quality.share_of_event_targets_altered == 0.0
