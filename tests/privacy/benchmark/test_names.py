"""The measure of the model of names: every sentence is judged once, by a model that has not seen it."""

import json

import pytest

from shopcart_assets.privacy.benchmark import names
from shopcart_assets.privacy.benchmark.sentences import Sentence, load_sentences
from shopcart_assets.privacy.free_text.context import ContextModel
from tests.watched import Parts


def test_parts_hold_every_sentence_once_and_sets_whole() -> None:
    sentences = load_sentences()
    parts = names._parts(sentences)
    assert sorted(place for part in parts for place in part) == list(range(len(sentences)))
    for source in {one.source for one in sentences if one.source.startswith("set ")}:
        assert sum(any(sentences[place].source == source for place in part) for part in parts) == 1


@pytest.mark.parametrize(("odds", "recall"), [(9.0, 1.0), (-9.0, 0.0)])
def test_a_model_that_takes_all_or_nothing_is_seen_for_what_it_is(odds: float, recall: float) -> None:
    sure = ContextModel({"bias": odds})
    told = names._judged(Sentence("Lent it to {v} today", "a", fields=("given",)), sure, 0)
    spoilt = names._judged(Sentence("I love the Siobhan lamp", "b"), sure, 1)
    assert {is_there for is_there, _ in told} == {True} and [is_there for is_there, _ in spoilt] == [False]
    assert sum(is_right for _, is_right in spoilt) == 1 - recall
    assert any(is_right for _, is_right in told) == bool(recall)


def test_its_report_reads_well_and_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [Sentence(f"I gave it to {{v}} on day {n}", f"set {n}") for n in range(5)]
    monkeypatch.setattr(names, "load_sentences", lambda: [*few, Sentence("The Siena sofa is blue", "list")])
    parts = Parts()
    report = names.bench(count=parts)
    assert (report.n_sentences, report.n_texts_without) == (5, 1)
    assert 0 <= report.recall <= 1 and 0 <= report.share_of_texts_spoilt <= 1
    assert json.loads(json.dumps(report.to_dict()))["recall"] == report.recall
    assert len(report.lines()) == 3
