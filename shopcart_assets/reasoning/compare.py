"""Generators side by side, people among them: how long their rationales are, in whose words, and how like the people's own.

Measured on words alone; which of two a reader prefers is `blind`'s. The view reasoning.generators says the same without intervals.
A word is a run of letters and digits, in small letters; an apostrophe or hyphen inside belongs to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from shopcart_assets.platform.profiles import HUMAN
from shopcart_assets.platform.stats import clustered_interval

# "don't", "five-star", "9" and "99" of "9.99"; sql/reasoning/generators.sql has the same two expressions.
WORD = r"[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*"
# Also as people type it: "i like it". But "US" is a country.
FIRST_PERSON = r"\b(?:[Ii]|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Oo]ur|us)\b"
OPENING_WORDS = 3
LEVEL = 0.95

_STEP = ["day", "session_id", "step"]


@dataclass(frozen=True)
class Profile:
    """One generator's rationales in figures. Shares are 0 to 1; None where nothing can be said.

    `distinct_1` and `distinct_2`: different words and pairs of neighbouring words, of all; they fall with `n_rationales`, so compare
    equal numbers. `share_same_opening`: rationales that begin with the three words that most begin with. `overlap_f1`: F1 of the
    words shared with what the person said of the same step, mean over the `n_compared` steps where both are; `low` and `high`: its
    95 % interval, clustered by user.
    """

    generator: str
    n_rationales: int
    words_p50: float
    words_p95: float
    share_first_person: float
    share_same_opening: float
    distinct_1: float | None
    distinct_2: float | None
    n_compared: int
    overlap_f1: float | None
    low: float | None
    high: float | None

    def line(self) -> str:
        """The same for people to read."""
        told = (
            f"{self.generator}: {self.n_rationales:,} rationales, {self.words_p50:.0f} words (p95 {self.words_p95:.0f}), "
            f"{self.share_first_person:.0%} in the first person, {self.share_same_opening:.0%} begin alike, "
            f"distinct-1 {_shown(self.distinct_1)}, distinct-2 {_shown(self.distinct_2)}"
        )
        if self.overlap_f1 is None:
            return told
        return f"{told}, overlap with people {self.overlap_f1:.2f} ({_shown(self.low)} to {_shown(self.high)}) over {self.n_compared:,} steps"


def profiles(rationales: pl.DataFrame, actions: pl.DataFrame) -> Iterator[Profile]:
    """One Profile for each generator of reasoning.rationales, by name; `actions` are context.actions. Both with their partitions."""
    users = actions.select(*_STEP, "user_id")
    # A rationale of an action that is gone by now tells of nobody.
    told = rationales.select("generator", *_STEP, "rationale").join(users, on=_STEP).sort("generator", *_STEP)
    told = told.with_columns(words=pl.col("rationale").str.to_lowercase().str.extract_all(WORD))
    human = told.filter(pl.col("generator") == HUMAN.name).select(*_STEP, said="words")
    for (generator,), written in told.group_by("generator", maintain_order=True):
        beside = human.clear() if generator == HUMAN.name else human
        yield _profile(str(generator), written, written.join(beside, on=_STEP, maintain_order="left"))


def _profile(generator: str, written: pl.DataFrame, compared: pl.DataFrame) -> Profile:
    words, n = written["words"], written.height
    lengths = words.list.len().cast(pl.Float64())
    openings = words.list.head(OPENING_WORDS).list.join(" ")
    overlaps = [f1(*pair) for pair in compared.select("words", "said").iter_rows()]
    interval = clustered_interval(overlaps, compared["user_id"].to_list()) if overlaps else None
    return Profile(
        generator,
        n,
        float(np.quantile(lengths, 0.5)),
        float(np.quantile(lengths, 0.95)),
        float(written["rationale"].str.contains(FIRST_PERSON).mean() or 0.0),  # type: ignore[arg-type]
        int(openings.value_counts()["count"].max() or 0) / n,  # type: ignore[arg-type]
        distinct(words.to_list(), 1),
        distinct(words.to_list(), 2),
        len(overlaps),
        float(np.mean(overlaps)) if overlaps else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def _shown(figure: float | None) -> str:
    return "unknown" if figure is None else f"{figure:.2f}"


def f1(written: list[str], said: list[str]) -> float:
    """F1 of the words that two texts share, each as often as both have it (ROUGE-1 F1); 0 where they share none.

    >>> f1(["a", "red", "red", "mug"], ["red", "mug", "please"])
    0.5714285714285714
    """
    shared = sum(min(written.count(word), said.count(word)) for word in set(written))
    return 2 * shared / (len(written) + len(said)) if shared else 0.0


def distinct(texts: list[list[str]], size: int) -> float | None:
    """Share of different runs of `size` neighbouring words among all (Li et al. 2016); None where there are none.

    >>> distinct([["a", "red", "mug"], ["a", "red", "pen"]], 2)
    0.75
    """
    runs = [tuple(text[at : at + size]) for text in texts for at in range(len(text) - size + 1)]
    return len(set(runs)) / len(runs) if runs else None
