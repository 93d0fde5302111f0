"""The cues of cues.yaml as typed, compiled patterns: where in a text a name may begin or end, and how sure that is.

Only knowledge and its look-up. Which words make up the name belongs to people.py.
"""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.free_text.lexicon import fold
from shopcart_assets.privacy.rules import phrases

PUNCTUATION = ".,:;!?\"'“”„‘’«»()"
_START, _GAP = r"(?<![^\W_])", r"[,:]?\s{1,3}[\"“”„'‘]?"


class Cues(BaseModel):
    """The whole of `cues.yaml`. All in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    owners: frozenset[str]
    relations: frozenset[str]
    named: frozenset[str]
    honorifics: frozenset[str]
    single: frozenset[str]
    verbs: frozenset[str]
    by: frozenset[str]
    things: frozenset[str]
    of: frozenset[str]
    full: frozenset[str]
    after: frozenset[str]
    typed: frozenset[str]
    particles: frozenset[str]
    stop: frozenset[str]
    not_alone: frozenset[str]
    famous: frozenset[str]
    writers: frozenset[str]

    @cached_property
    def relation(self) -> re.Pattern[str]:
        """`my little sister`, `unser Sohn namens`: the name begins where it ends.

        >>> load_cues().relation.search("for my 6 year old daughter, Ann")[0]
        'my 6 year old daughter, '
        """
        kin = rf"{phrases(self.owners)}\s(?:[\w’'-]+\s){{0,3}}?{phrases(self.relations)}"
        return _compiled(rf"{_START}{kin}(?:,?\s{phrases(self.named)})?{_GAP}")

    @cached_property
    def honorific(self) -> re.Pattern[str]:
        """`Mrs.`"""
        return _compiled(rf"{_START}{phrases(self.honorifics)}\.?\s{{1,2}}")

    @cached_property
    def one(self) -> re.Pattern[str]:
        """What a given name may follow by itself."""
        return _compiled(rf"{_START}{phrases(self.single)}{_GAP}")

    @cached_property
    def two(self) -> re.Pattern[str]:
        """What a full name follows."""
        by, of = (rf"{phrases(before)}\s{phrases(after)}" for before, after in self._joined)
        return _compiled(rf"{_START}(?:{by}|{of}|{phrases(self.full)}){_GAP}")

    @property
    def _joined(self) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        return (self.verbs, self.by), (self.things, self.of)

    @cached_property
    def follows(self) -> re.Pattern[str]:
        """What stands behind a full name."""
        return _compiled(rf",?\s{{1,2}}(?:{phrases(self.after)})(?![^\W_])")

    @cached_property
    def query(self) -> re.Pattern[str]:
        """What a name follows in a search."""
        return _compiled(rf"{_START}{phrases(self.typed)}\s+")

    @cached_property
    def single_tails(self) -> frozenset[str]:
        """Cues of one word that stand before a name, and the last words of all relations."""
        before = [*self.relations, *self.named, *self.honorifics, *self.single, *self.full]
        return frozenset(words[-1] for cue in before if len(words := _words(cue)) == 1 or cue in self.relations)

    @cached_property
    def double_tails(self) -> frozenset[tuple[str, str]]:
        """The last two words of longer ones."""
        longer = (words for cue in (*self.named, *self.single, *self.full) if len(words := _words(cue)) > 1)
        joined = ((_words(cue)[-1], _words(of)[0]) for cues, ofs in self._joined for cue in cues for of in ofs)
        deeper = (tuple(words[-2:]) for of in self.of if len(words := _words(of)) > 1)
        return frozenset((*((words[-2], words[-1]) for words in longer), *joined, *deeper))  # type: ignore[arg-type]

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The first words of those that stand behind one."""
        return frozenset(_words(cue)[0] for cue in self.after)

    @cached_property
    def speakers(self) -> frozenset[str]:
        """Words by which somebody speaks of themselves, as they are written: shops do not, reviewers do."""
        return frozenset(form for word in self.writers for form in (word, word.capitalize()))

    def is_famous(self, words: Iterable[str]) -> bool:
        """Whether a name is one of a brand, an artist, a character, or begins like it.

        >>> load_cues().is_famous(["Calvin", "Klein"]), load_cues().is_famous(["Calvin", "Brown"])
        (True, False)
        """
        folded = [fold(word).rstrip(".") for word in words]
        return any(" ".join(folded[:n]) in self.famous for n in range(2, len(folded) + 1))


@lru_cache(maxsize=1)
def load_cues() -> Cues:
    """The cues that come with the package."""
    return Cues.model_validate(yaml.safe_load((Path(__file__).parent / "cues.yaml").read_text("utf-8")))


def _words(cue: str) -> list[str]:
    """As a text is split at white space, without the punctuation at their ends."""
    return [word.strip(PUNCTUATION) for word in cue.split()]


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
