"""Fitting: what it learns from a few sentences, and that the package's weights are those of the package's sentences."""

import random

from shopcart_assets.privacy.benchmark.fit import FILLS, Example, examples_of, fit
from shopcart_assets.privacy.benchmark.sentences import Sentence, load_people, load_sentences
from shopcart_assets.privacy.free_text.context import features_of, load_model, names_in


def test_each_sentence_counts_the_same_however_often_it_is_filled() -> None:
    sentences = [Sentence("I gave it to {v} today", "a"), Sentence("The Harper sofa is blue", "b")]
    examples = examples_of(sentences, load_people())
    whole = [one for one in examples if one.sentence == 0 and "-1=to" in one.features]
    assert len(whole) > 1 and all(one.is_name for one in whole)
    assert {one.weight for one in examples if one.sentence == 0} == {1 / FILLS} and len(whole) <= FILLS
    assert [(one.is_name, one.weight) for one in examples if one.sentence == 1] == [(False, 1)]


def test_it_learns_what_tells_a_person_from_a_thing() -> None:
    examples = [
        Example(number, ["bias", f"-1={word}"], word == "to", 1.0) for number, word in enumerate(["to", "the"] * 40)
    ]
    model = fit(examples)
    assert model.probability(["bias", "-1=to"]) > 0.8 > 0.2 > model.probability(["bias", "-1=the"])
    assert fit(examples) == model


def test_a_feature_of_one_sentence_has_no_weight() -> None:
    examples = [Example(0, ["bias", "-1=odd"], True, 1.0), Example(1, ["bias", "-1=to"], True, 1.0)]
    assert set(fit([*examples, Example(2, ["bias", "-1=to"], True, 1.0)]).weights) == {"bias", "-1=to"}


def test_the_weights_of_the_package_are_fitted_on_the_sentences_of_the_package() -> None:
    """Whoever changes a sentence fits again: `shopcart bench names --fit`."""
    examples = examples_of(load_sentences(), load_people())
    fitted, shipped = fit(examples), load_model()
    drawn = random.Random(0).sample(examples, 2_000)
    apart = [abs(fitted.probability(one.features) - shipped.probability(one.features)) for one in drawn]
    assert max(apart) < 0.02


def test_what_is_fitted_names_people_that_no_sentence_named() -> None:
    text = "Left the parcel with Siobhán Zylberberg at number nine"
    name = next(iter(names_in(text, is_written=False)))
    assert name.words == ("Siobhán", "Zylberberg") and "-1=with" in features_of(text, name)
