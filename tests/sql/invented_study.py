"""A study of 2,000 sessions x 12 policies as raw answers, and what each answer is by a table written by hand.

Nothing here uses the project's own judge, categories or sums: it is what they are compared with.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]

N_SESSIONS, N_USERS, N_POLICIES = 2_000, 150, 12
DAY = "2026-10-01"
PAGES = {"page-0": "https://www.shop.example/s?k=mug", "page-1": "http://store.example/item/1"}
SITES = ("shop.example", "store.example")
NAMES = {"q": "searchbox", "a.view_product": "link", "b.view_product": "link", "refinements.red": "checkbox",
         "pagination.2": "link", "cart": "link", "a.buy_now": "button"}  # fmt: skip

# What can be done or answered: text, type, target, category. The last two are no legal actions.
ANSWERS = (
    ('{"type": "type_and_submit", "name": "q", "text": "mug"}', "type_and_submit", "q", "search"),
    ('{"type": "type_and_submit", "name": "q", "text": "red mug"}', "type_and_submit", "q", "search"),
    ('{"type": "type_and_submit", "name": "q", "text": "MUG "}', "type_and_submit", "q", "search"),
    ('{"type": "click", "name": "a.view_product"}', "click", "a", "product"),
    ('{"type": "click", "name": "b.view_product"}', "click", "b", "product"),
    ('{"type": "click", "name": "refinements.red"}', "click", "red", "filter"),
    ('{"type": "click", "name": "pagination.2"}', "click", "2", "page"),
    ('{"type": "click", "name": "cart"}', "click", "cart", "other"),
    ('{"type": "click", "name": "a.buy_now"}', "click", "buy", "purchase"),
    ('{"type": "terminate"}', "terminate", "", "terminate"),
    ("I would look for a mug.", "illegal", "illegal", "illegal"),
    ('{"type": "click", "name": "nowhere"}', "illegal", "illegal", "illegal"),
)
TEXTS, TYPES, TARGETS, CATEGORIES = (np.array(column) for column in zip(*ANSWERS, strict=True))
N_ACTIONS, BUY, LEAVE = 10, 8, 9
FOLDED = np.array([0, 1, 0, *range(3, 12)])  # "mug" and "MUG " are one after folding


@dataclass(frozen=True)
class Study:
    """A row for each case: its session, user, step and what the person did. `answers`: policy -> what it said, -1 = nothing."""

    session: Ints
    user: Ints
    step: Ints
    n_of_session: Ints
    human: Ints
    answers: dict[str, Ints]

    def cases(self) -> pl.DataFrame:
        """dataset.cases, with its day."""
        return pl.DataFrame(
            {
                "session_id": [f"s{one}" for one in self.session],
                "step": self.step,
                "user_id": [f"u{one}" for one in self.user],
                "action": TEXTS[self.human],
                "page_id": [f"page-{one % 2}" for one in self.step],
                "is_final": self.step == self.n_of_session + 1,
                "day": [DAY] * len(self.step),
            }
        )

    def predictions(self, policy: str) -> pl.DataFrame:
        """evaluation.predictions of one policy."""
        said = self.answers[policy]
        rows = self.cases().select("session_id", "step").filter(pl.Series(said >= 0))
        constant = {"seed": pl.lit(0), "rationale": pl.lit(None, pl.String), "stop_reason": pl.lit("end_turn")}
        more = {"sample": pl.lit(0), "round": pl.lit(None, pl.String)}
        return rows.with_columns(pl.Series("output", TEXTS[said[said >= 0]]), **constant, **more)


def study(seed: int = 0) -> Study:
    """People and policies with user effects; the last policy answers about nine cases in ten."""
    rng = np.random.default_rng(seed)
    lengths = rng.geometric(0.3, N_SESSIONS)
    session = np.repeat(np.arange(N_SESSIONS), lengths)
    user = np.concatenate((np.arange(N_USERS), rng.integers(0, N_USERS, N_SESSIONS - N_USERS)))[session]
    step = 2 + np.concatenate([np.arange(length) for length in lengths])
    n_of_session = np.repeat(lengths, lengths)
    ends = np.where(rng.random(len(step)) < 0.2, BUY, LEAVE)
    human = np.where(step == n_of_session + 1, ends, rng.integers(0, BUY, len(step)))
    answers = {}
    for number in range(N_POLICIES):
        skill = np.clip(0.05 * number + rng.normal(0, 0.1, N_USERS), 0, 1)[user]
        answers[f"p{number:02}"] = np.where(
            rng.random(len(step)) < skill, human, rng.integers(0, len(ANSWERS), len(step))
        )
    last = answers[f"p{N_POLICIES - 1:02}"]
    last[rng.random(len(step)) < 0.1] = -1
    return Study(session, user, step, n_of_session, human, answers)
