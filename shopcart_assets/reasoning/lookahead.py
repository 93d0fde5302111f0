"""Whether rationales speak of what the shopper saw only later. Measured on their words; no prompt is looked at.

A request for one action cannot know the future (`audit.look_ahead` proves it), but its rationale may guess a word of it; a request
for a whole session shows the future to the model. So the share is set beside what chance gives: how often rationales have words
that only *another* shopper saw later. Words of all days, such as `delivery`, tell nothing: only rare ones count.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

import polars as pl

# A word that at most this share of the day's sessions ever saw tells products apart; in a small day, one session's own.
RARE_SHARE = 0.2
# So many points above chance are more than guessing. Fewer rationales than this show nothing either way.
MOST_ABOVE_CHANCE = 0.05
FEWEST_RATIONALES = 50
# All words of all pages are in memory at once: of a large day the first sessions by id are enough.
MOST_SESSIONS = 500

# Four letters and more: colours and materials, but not `the`.
_WORD = r"\p{L}{4,}"
_TAG = r"<[^>]*>"


@dataclass(frozen=True)
class LookAhead:
    """Counts of rationales. At risk: a rare word was there to be said that the shopper (or the other one) saw only later."""

    n_at_risk: int
    n_look_ahead: int
    n_at_risk_by_chance: int
    n_by_chance: int

    @property
    def share(self) -> float:
        """How many of the rationales at risk have a word that their shopper saw only later; 0 where none is at risk."""
        return self.n_look_ahead / self.n_at_risk if self.n_at_risk else 0.0

    @property
    def share_by_chance(self) -> float:
        """The same with the words that another shopper saw later, and this one neither before nor later."""
        return self.n_by_chance / self.n_at_risk_by_chance if self.n_at_risk_by_chance else 0.0

    def facts(self) -> dict[str, int | float]:
        """For an asset's metadata."""
        return {**asdict(self), "share_look_ahead": self.share, "share_by_chance": self.share_by_chance}

    def problems(self, generator: str) -> list[str]:
        """A sentence where rationales know more of the future than chance gives; else none."""
        if self.n_at_risk < FEWEST_RATIONALES or self.share - self.share_by_chance <= MOST_ABOVE_CHANCE:
            return []
        return [
            f"{generator}: {self.share:.1%} of {self.n_at_risk} rationales speak of what was seen only later, "
            f"{self.share_by_chance:.1%} would by chance"
        ]


def measure(rationales: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame | pl.LazyFrame) -> LookAhead:
    """The look-ahead of one generator's rationales of one day (reasoning.rationales), whose pages `contexts` are.

    A word is seen at the first step at which it is on the page or is typed. Of more than MOST_SESSIONS sessions, some are measured.
    """
    some = actions["session_id"].unique().sort().head(MOST_SESSIONS).implode()
    actions, rationales = (one.filter(pl.col("session_id").is_in(some)) for one in (actions, rationales))
    seen = _first_seen(actions, contexts)
    n_sessions = actions["session_id"].n_unique()
    is_rare = pl.len().over("word") <= max(1, int(RARE_SHARE * n_sessions))
    rare = seen.filter(is_rare)
    said = _words(rationales.lazy().select("session_id", "step", text="rationale")).collect()
    others = _others(actions)
    by_chance = rare.join(others, left_on="session_id", right_on="other_id", coalesce=False)
    # What this shopper saw at any time is not by chance: it is in the other count, or no look-ahead.
    by_chance = by_chance.select(pl.col("session_id_right").alias("session_id"), "word", "first_step").join(
        seen, on=["session_id", "word"], how="anti"
    )
    own = _count(rationales, said, rare)
    chance = _count(rationales, said, by_chance)
    return LookAhead(*own, *chance)


def _first_seen(actions: pl.DataFrame, contexts: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """[session_id, word, first_step], one row for each word that a session ever saw."""
    pages = contexts.lazy().select(
        "page_id",
        text=pl.concat_str(pl.col("title").fill_null(""), pl.lit(" "), pl.col("html").str.replace_all(_TAG, " ")),
    )
    on_page = actions.lazy().select("session_id", "step", "page_id").join(_words(pages), on="page_id")
    typed = _words(actions.lazy().select("session_id", "step", text=pl.col("text").fill_null("")))
    both = pl.concat([on_page.select("session_id", "word", "step"), typed.select("session_id", "word", "step")])
    return both.group_by("session_id", "word").agg(first_step=pl.col("step").min()).sort("session_id", "word").collect()


def _words(frame: pl.LazyFrame) -> pl.LazyFrame:
    """`text` replaced by `word`: a row for each different word, in small letters."""
    words = pl.col("text").str.to_lowercase().str.extract_all(_WORD).list.unique(maintain_order=True)
    return frame.with_columns(word=words).drop("text").explode("word").filter(pl.col("word").is_not_null())


def _others(actions: pl.DataFrame) -> pl.DataFrame:
    """[session_id, other_id]: each session and the next one by id, the last and the first; none where there is one session."""
    ids = actions["session_id"].unique().sort()
    following = pl.concat([ids[1:], ids[:1]]) if len(ids) > 1 else ids.clear()
    return pl.DataFrame({"session_id": ids if len(ids) > 1 else ids.clear(), "other_id": following})


def _count(rationales: pl.DataFrame, said: pl.DataFrame, first_seen: pl.DataFrame) -> tuple[int, int]:
    """How many rationales have a word of `first_seen` still to come, and how many say one."""
    last = first_seen.group_by("session_id").agg(last_step=pl.col("first_step").max())
    at_risk = rationales.join(last, on="session_id").filter(pl.col("step") < pl.col("last_step"))
    early = said.join(first_seen, on=["session_id", "word"]).filter(pl.col("step") < pl.col("first_step"))
    return at_risk.height, early.unique(["session_id", "step"]).height


def total(measured: Iterable[LookAhead]) -> LookAhead:
    """The counts of several days together."""
    counts = [asdict(one) for one in measured]
    return LookAhead(**{one.name: sum(count[one.name] for count in counts) for one in fields(LookAhead)})


def by_generator(rationales: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame) -> dict[str, LookAhead]:
    """The look-ahead of each generator over all its days; the frames have their partition columns, `day` and `generator`."""
    measured: dict[str, list[LookAhead]] = {}
    for (day, generator), written in rationales.group_by("day", "generator", maintain_order=True):
        today = pl.col("day") == day
        found = measure(written, actions.filter(today), contexts.filter(today))
        measured.setdefault(str(generator), []).append(found)
    return {generator: total(found) for generator, found in measured.items()}


def problems(rationales: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame) -> list[str]:
    """The sentences of a check: the generators whose rationales know more of the future than chance gives."""
    found = by_generator(rationales, actions, contexts)
    return [sentence for generator, one in found.items() for sentence in one.problems(generator)]
