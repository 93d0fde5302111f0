"""`shopcart bench names`: how well the model of names in sentences (free_text/context.py) does on sentences that it was not fitted on.

Of the development set a part at a time is left out: whole sets of sentences, which were written by different hands, and every fifth
line of the lists. What the whole stage finds is measured by run.py.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.privacy.benchmark.fit import examples_of, fit, write
from shopcart_assets.privacy.benchmark.sentences import Sentence, load_people, load_sentences
from shopcart_assets.privacy.free_text.context import ContextModel, names_in

PARTS = 5
_FILLS = 4
_SEED = 1  # of the names that a part is filled with: others than it would be fitted on


@dataclass(frozen=True)
class NamesReport:
    """Over all parts: sentences with a person and texts without; the share of the names found whole, and of the texts in which something
    was taken for a person."""

    n_sentences: int
    n_texts_without: int
    recall: float
    share_of_texts_spoilt: float
    n_weights: int

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench names --json` prints it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As `shopcart bench names` prints it."""
        return [
            f"{self.n_sentences} sentences with a person, {self.n_texts_without} texts without, each judged by a model fitted on the others",
            f"names found whole {self.recall:.3f}, texts without a person in which something is taken for one {self.share_of_texts_spoilt:.3f}",
            f"{self.n_weights} weights",
        ]


def bench(is_to_write: bool = False, count: Count = uncounted) -> NamesReport:
    """Fits a model without each part, and judges that part by it. The one that is fitted on all is written if it is to be."""
    sentences, people = load_sentences(), load_people()
    parts = _parts(sentences)
    examples = examples_of(sentences, people)
    advance = count(len(parts) + 1, "fits")
    found: list[bool] = []
    spoilt: list[bool] = []
    for part in parts:
        model = fit([one for one in examples if one.sentence not in part])
        for number in sorted(part):
            for told, is_right in _judged(sentences[number], model, number):
                (found if told else spoilt).append(is_right)
        advance(1)
    whole = fit(examples)
    advance(1)
    if is_to_write:
        write(whole)
    n_with = sum(one.has_person for one in sentences)
    return NamesReport(
        n_with,
        len(sentences) - n_with,
        round(sum(found) / len(found), 4),
        round(1 - sum(spoilt) / len(spoilt), 4),
        len(whole.weights),
    )


def _parts(sentences: Sequence[Sentence]) -> list[set[int]]:
    """The places of the sentences that are left out together: whole sets, and every fifth line of the lists."""
    sources = sorted({one.source for one in sentences if one.source.startswith("set ")})
    part_of = {source: number % PARTS for number, source in enumerate(sources)}
    parts: list[set[int]] = [set() for _ in range(PARTS)]
    for number, sentence in enumerate(sentences):
        parts[part_of.get(sentence.source, number % PARTS)].add(number)
    return parts


def _judged(sentence: Sentence, model: ContextModel, number: int) -> list[tuple[bool, bool]]:
    """For each filling: whether a person is in it, and whether the model is right, having found all of the name, or nothing."""
    rng, people = random.Random(_SEED + number), load_people()
    judged: list[tuple[bool, bool]] = []
    for _ in range(_FILLS if sentence.has_slot else 1):
        text, start, end = sentence.filled(people, rng)
        taken = {
            place
            for name in names_in(text, is_written=sentence.is_typed, is_typed=sentence.is_typed, model=model)
            for place in range(name.start, name.end)
        }
        letters = [place for place in range(start, end) if text[place].isalnum()]
        judged.append((bool(letters), taken.issuperset(letters) if letters else not taken))
    return judged
