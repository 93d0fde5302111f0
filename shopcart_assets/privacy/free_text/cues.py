"""The cues of cues.yaml as typed, compiled patterns: where in a text a name may begin or end, and how sure that is.

Only knowledge and its look-up. Which words make up the name belongs to people.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.free_text.lexicon import fold

PUNCTUATION = ".,:;!?\"'“”„‘’«»()"
Group = Literal["relation", "title", "one", "signed", "said", "opening", "two", "person"]
"""What a cue wants behind it: a given name or more, a family name, a given name or a full one (of the next three: by itself no word of
the language; and nothing else may follow in the last of them), a full one, any words with a capital: nobody but a person is named there."""
_QUOTES = "\"'“”„‘’«»()"
_AT = frozenset({"from", "at", "in", "on", "of"})  # the returns desk, behind a name
_ENGLISH = frozenset({"my", "our", "his", "her", "their", "your"})  # no noun has a capital behind them
_REACH = 4  # words between `my` and `daughter`, and one


@dataclass(frozen=True)
class Cue:
    """`words` before a name; with `heads`, one of those before them. `mark` is what the last of them ends in, where it must."""

    words: tuple[str, ...]
    group: Group
    mark: str = ""
    heads: frozenset[str] | None = None


class Cues(BaseModel):
    """The whole of `cues.yaml`. All in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    owners: frozenset[str]
    relations: frozenset[str]
    named: frozenset[str]
    honorifics: frozenset[str]
    single: frozenset[str]
    persons: frozenset[str]
    verbs: frozenset[str]
    by: frozenset[str]
    things: frozenset[str]
    of: frozenset[str]
    full: frozenset[str]
    after: frozenset[str]
    saying: frozenset[str]
    jobs: frozenset[str]
    places: frozenset[str]
    possessed: frozenset[str]
    opening: frozenset[str]
    giving: frozenset[str]
    typed: frozenset[str]
    goods_labels: frozenset[str]
    addressing: frozenset[str]
    particles: frozenset[str]
    stop: frozenset[str]
    not_alone: frozenset[str]
    famous: frozenset[str]
    writers: frozenset[str]

    def before(self, words: Sequence[str], position: int) -> Cue | None:
        """The cue that stands before `words[position]`, of a text split at white space.

        >>> found = [load_cues().before("for my 6 year old daughter, Ann".split(), n) for n in (6, 5)]
        >>> found[0].group, found[1]
        ('person', None)
        """
        raw = words[position - 1].lower()
        plain = raw.strip(PUNCTUATION)
        end = raw[len(raw.rstrip(PUNCTUATION)) :]
        if (
            (plain in self.relations or plain in self.jobs)
            and end in ("", ",", ":")
            and (owner := self._owner(words, position - 1))
        ):
            is_english = owner in _ENGLISH and raw.islower() and words[position - 1].islower()
            return Cue((plain,), "person" if is_english else "relation")
        is_first = position == 1 or words[position - 2].endswith(":")
        if is_first and plain in self.opening and end in ("", ":"):
            return Cue((plain,), "opening")
        for cue in self._by_last_word.get(plain, ()):
            first = position - len(cue.words)
            if (
                first >= (cue.heads is not None)
                and (end == cue.mark if cue.mark else end in ("", ",", ":") or (end == "." and cue.group == "title"))
                and all(words[first + n].strip(_QUOTES).lower() == word for n, word in enumerate(cue.words[:-1]))
                and (cue.heads is None or self._has_head(words, first, cue))
                and (cue.group != "relation" or self._owner(words, first - 1))
            ):
                return cue
        return None

    def _has_head(self, words: Sequence[str], first: int, cue: Cue) -> bool:
        """Whether one of the cue's heads stands before it: `received at the door by`, if no sentence ends between."""
        for word in reversed(
            words[max(0, first - (_REACH if cue.group == "signed" and cue.heads is self.verbs else 1)) : first]
        ):
            if cue.heads is not None and word.strip(_QUOTES).lower() in cue.heads:
                return True
            if word[-1] in ".!?;:":
                return False
        return False

    def _owner(self, words: Sequence[str], position: int) -> str:
        """Whose relation is meant: the `my` that stands before the word at the position."""
        near = (word.strip(_QUOTES).lower() for word in words[max(0, position - _REACH) : position])
        return next((word for word in near if word in self.owners), "")

    @cached_property
    def _by_last_word(self) -> Mapping[str, tuple[Cue, ...]]:
        plain: list[tuple[Group, frozenset[str], frozenset[str] | None]] = [
            ("relation", self.named, self.relations),
            ("title", self.honorifics, None),
            ("person", self.persons, None),
            ("one", self.single, None),
            ("said", self.saying, None),
            ("two", self.full, None),
            ("signed", self.by, self.verbs),
            ("signed", self.of, self.things),
        ]
        found: dict[str, list[Cue]] = {}
        for group, cues, heads in plain:
            for said in sorted(cues):
                words = said.rstrip(",:").split()
                found.setdefault(words[-1].strip(PUNCTUATION), []).append(
                    Cue((*words[:-1], words[-1].strip(PUNCTUATION)), group, said[len(said.rstrip(",:")) :], heads)
                )
        return {word: tuple(cues) for word, cues in found.items()}

    @cached_property
    def follows(self) -> re.Pattern[str]:
        """What stands behind a name: `wrote`, `, who`, `, her godfather`, `'s birthday`."""
        relation = rf"{phrases(self.owners)}\s(?:\w{{1,20}}\s){{0,2}}?{phrases(self.relations)}"
        job = rf",\s(?:\w{{1,20}}\s){{0,2}}?{phrases(self.jobs)}"
        place = rf"\s{phrases(_AT)}\s(?:the|your)\s(?:\w{{1,15}}\s){{0,2}}?{phrases(self.places)}"
        owned = rf"['’]s?\s(?:\w{{1,12}}\s)?{phrases(self.possessed)}"
        behind = (
            rf",?\s{{1,2}}(?:{phrases(self.after)}|{relation})|{job}|{place}|{owned}|,\s(?:your|thank|thanks|welcome)"
        )
        return _compiled(rf"(?:{behind})(?![^\W_])")

    @cached_property
    def relative(self) -> re.Pattern[str]:
        """What a name follows in a message: `my flatmate `."""
        return _compiled(
            rf"(?<![^\W_]){phrases(self.owners)}\s(?:\w{{1,20}}\s){{0,2}}?{phrases(self.relations)},?\s(?:{phrases(self.named)}\s)?"
        )

    @cached_property
    def label(self) -> re.Pattern[str]:
        """The colon of a label that is none of goods."""
        return _compiled("".join(rf"(?<!{re.escape(word)})" for word in sorted(self.goods_labels)) + r":\s$")

    @cached_property
    def query(self) -> re.Pattern[str]:
        """What a name follows in a search."""
        return _compiled(rf"(?<![^\W_])(?:(?P<addressed>{phrases(self.addressing)})|{phrases(self.typed)}),?\s+")

    @cached_property
    def last_words(self) -> frozenset[str]:
        """The last words of those before a name."""
        return self.relations | self.jobs | self.opening | self._by_last_word.keys()

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The first words of those that stand behind one, jobs and what is somebody's apart."""
        return frozenset(cue.split()[0] for cue in self.after) | self.owners | _AT

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


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
