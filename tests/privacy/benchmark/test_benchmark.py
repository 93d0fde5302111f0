"""The benchmark: repeatable traffic, and measures that see a perfect and a useless scrubber for what they are."""

import re
from dataclasses import asdict
from typing import Any

import pytest

from shopcart_assets.privacy.benchmark.measure import is_left, measure, share_of_targets_altered, texts
from shopcart_assets.privacy.benchmark.people import locales
from shopcart_assets.privacy.benchmark.plant import Planted, plant
from shopcart_assets.privacy.benchmark.run import bench
from shopcart_assets.privacy.benchmark.templates import Template, load_templates
from shopcart_assets.privacy.patterns import has_luhn_checksum
from tests.watched import Parts

Places = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(4, seed=1)


@pytest.fixture(scope="module")
def before(planted: Planted) -> Places:
    return texts(((page["page_id"], page["html"]) for page in planted.pages), planted.frames()[0])


def test_the_second_set_shares_no_sentence_with_the_first_and_has_people_of_its_own() -> None:
    first, second = load_templates(), load_templates("held_out")
    for whose in ("own", "third_party"):
        for channel, sentences in getattr(second, whose).items():
            others = {_sentence(one) for one in getattr(first, whose)[channel]}
            said = {_sentence(one) for one in sentences if any(map(str.isalpha, _sentence(one)))} & others
            assert len(said) <= (channel in ("url", "event"))  # two shops may have one address, two people ask the same
    people = [
        {name for one in locales(which).values() for name in (*one.given, *one.family)}
        for which in ("development", "held_out")
    ]
    assert len(people[1] - people[0]) > len(people[1]) / 5 and len(locales("held_out")) > 10


def _sentence(template: Template) -> str:
    """What is around the value."""
    return re.sub(r"\{\w+\}", "", template.html + template.value + template.url)


def test_what_is_planted_of_the_second_set_can_be_read_there() -> None:
    planted = plant(12, seed=1, set_name="held_out")
    before = texts(((page["page_id"], page["html"]) for page in planted.pages), planted.frames()[0])
    unseen = [one for one in planted.mentions if not is_left(one.written, before[one.place], one.around)]
    assert not unseen, [(one.kind, one.channel, before[one.place]) for one in unseen]
    assert any(one.written != one.value for one in planted.mentions)
    measured = measure(planted, before, before, 0.0)
    assert measured.recall["own"] == measured.recall["third_party"] == 0.0


def test_the_same_seed_plants_the_same_and_another_seed_something_else(planted: Planted) -> None:
    assert plant(4, seed=1) == planted
    assert plant(4, seed=2).mentions != planted.mentions


def test_every_mention_can_be_read_where_it_was_planted(planted: Planted, before: Places) -> None:
    unseen = [one for one in planted.mentions if not is_left(one.written, before[one.place], one.around)]
    assert not unseen, [(one.kind, one.channel, before[one.place]) for one in unseen]
    assert {one.channel for one in planted.mentions} == {"text", "attribute", "url", "json", "event"}
    assert all(has_luhn_checksum(one.value.replace(" ", "")) for one in planted.mentions if one.kind == "card")


def test_a_scrubber_that_does_nothing_has_no_recall_and_spoils_nothing(planted: Planted, before: Places) -> None:
    quality = measure(planted, before, before, 0.0)
    assert quality.recall == {"own": 0.0, "own_told": 0.0, "third_party": 0.0} and quality.share_of_titles_altered == 0


def test_a_scrubber_that_empties_everything_finds_all_and_spoils_every_title(planted: Planted, before: Places) -> None:
    quality = measure(planted, before, dict.fromkeys(before, ""), 0.0)
    assert quality.recall == {"own": 1.0, "own_told": 1.0, "third_party": 1.0} and quality.share_of_titles_altered == 1
    assert quality.precision < 0.3


def test_one_mention_that_is_left_tells_the_entity(planted: Planted, before: Places) -> None:
    told = next(one for one in planted.mentions if one.whose == "own" and one.kind == "email")
    after = dict.fromkeys(before, "") | {told.place: before[told.place]}
    emails = {one.entity for one in planted.mentions if one.whose == "own" and one.kind == "email"}
    quality = measure(planted, before, after, 0.0)
    assert quality.recall_by_kind["own"]["email"] == round(1 - 1 / len(emails), 4)


def test_an_altered_event_target_counts(planted: Planted) -> None:
    events, _ = planted.frames()
    assert share_of_targets_altered(events, events) == 0.0
    assert share_of_targets_altered(events, events.with_columns(target=events["target"].str.replace("h", "x"))) == 1.0


def _figures(report: Any) -> list[dict[str, Any]]:
    return [asdict(one.quality) for one in (*report.methods, *report.held_out)]


def test_the_report_is_the_same_for_the_same_seed_but_for_the_speed() -> None:
    parts = Parts()
    first, second = bench(2, seed=3), bench(2, seed=3, count=parts)
    assert parts.whole() == [(len(first.methods) + len(first.held_out), "runs of a method")]
    assert _figures(first) == _figures(second)
    assert all(one.kilobytes_a_second > 0 for one in first.methods)
    assert "rules" in first.to_dict()["methods"] and "rules" in first.to_dict()["held_out"]
    assert first.lines()[0].startswith("rules: own ")


def test_the_rules_reach_what_is_asked_of_them_and_spoil_nothing() -> None:
    """The figures of docs/privacy-benchmark.md are of more users; these are the gates: strangers' sentences are harder, and not mended for."""
    report = bench(25, seed=11)
    developed, held_out = report.methods[-2 if len(report.methods) > 2 else -1], report.held_out[1]
    assert developed.method == held_out.method == "rules_and_gazetteer"
    assert developed.quality.recall["own"] >= 0.95 and developed.quality.recall["third_party"] >= 0.93
    assert held_out.quality.recall["own"] >= 0.8 and held_out.quality.recall["third_party"] >= 0.75
    for quality in (developed.quality, held_out.quality):
        assert quality.precision > 0.85 and quality.share_of_titles_altered <= 0.005
        assert quality.share_of_event_targets_altered == 0
