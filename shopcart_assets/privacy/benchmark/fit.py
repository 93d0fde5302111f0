"""Fits the model of names in sentences (free_text/context.py). How good it is on other sentences is measured by names.py.

Logistic regression with an L2 penalty, every sentence of the same weight however often it is filled. The same sentences give the same
weights.
"""

import json
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit

from shopcart_assets.privacy.benchmark.people import Locale
from shopcart_assets.privacy.benchmark.sentences import Sentence
from shopcart_assets.privacy.free_text.context import WEIGHTS, ContextModel, candidates, features_of, load_model

FILLS = 8  # names that are tried in each sentence
_MIN_SENTENCES = 2  # in which a feature stands, to have a weight
_PENALTY = 2.0  # of half the squared weights; the loss is summed over sentences
_SMALLEST = 0.02  # weights nearer to 0 are left out
_SEED = 0


@dataclass(frozen=True)
class Example:
    """Words of a sentence: whether they are (part of) its person's name, and how much the example counts."""

    sentence: int
    features: list[str]
    is_name: bool
    weight: float


def examples_of(sentences: Sequence[Sentence], people: Mapping[str, Locale], seed: int = _SEED) -> list[Example]:
    """The candidates of all sentences, each filled with several names."""
    rng = random.Random(seed)
    return [
        Example(number, features, is_name, weight)
        for number, sentence in enumerate(sentences)
        for weight, features, is_name in _examples(sentence, people, rng)
    ]


def _examples(
    sentence: Sentence, people: Mapping[str, Locale], rng: random.Random
) -> Iterable[tuple[float, list[str], bool]]:
    n_fills = FILLS if sentence.has_slot else 1
    for _ in range(n_fills):
        text, start, end = sentence.filled(people, rng)
        for run in candidates(text, is_typed=sentence.is_typed):
            for name in run:
                is_name = start <= name.start and name.end <= end
                yield 1 / n_fills, features_of(text, name, is_typed=sentence.is_typed), is_name


def fit(examples: Sequence[Example]) -> ContextModel:
    """The weights under which the examples are most likely."""
    vocabulary = _vocabulary(examples)
    table = _table([one.features for one in examples], vocabulary)
    told = np.array([one.is_name for one in examples], dtype=float)
    weight = np.array([one.weight for one in examples])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        odds = table @ weights
        error = weight * (expit(odds) - told)
        penalty = _PENALTY * weights
        return float(weight @ (np.logaddexp(0, odds) - told * odds) + penalty @ weights / 2), table.T @ error + penalty

    found = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B", options={"maxiter": 1_000})
    rounded = {feature: round(float(found.x[place]), 2) for feature, place in vocabulary.items()}
    return ContextModel({feature: value for feature, value in sorted(rounded.items()) if abs(value) >= _SMALLEST})


def write(model: ContextModel) -> None:
    """Puts the weights where the package reads them, a line a feature, so that a change can be read."""
    WEIGHTS.write_text(json.dumps(model.weights, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    load_model.cache_clear()


def _vocabulary(examples: Sequence[Example]) -> dict[str, int]:
    """Features that stand in several sentences -> their place."""
    sentences: defaultdict[str, set[int]] = defaultdict(set)
    for one in examples:
        for feature in one.features:
            sentences[feature].add(one.sentence)
    common = sorted(feature for feature, where in sentences.items() if len(where) >= _MIN_SENTENCES)
    return {feature: place for place, feature in enumerate(common)}


def _table(rows: Iterable[Collection[str]], vocabulary: Mapping[str, int]) -> csr_array:
    places = [[vocabulary[feature] for feature in row if feature in vocabulary] for row in rows]
    counts = np.cumsum([0, *map(len, places)])
    flat = np.array([place for row in places for place in row], dtype=np.int32)
    return csr_array((np.ones(len(flat)), flat, counts), shape=(len(places), len(vocabulary)))
