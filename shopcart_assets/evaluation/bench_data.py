"""Made-up verdicts and likelihoods of any size, for benchmarks: sessions as long as the paper's (many short and few long), made at once by numpy.

Every policy is right in about 30 % of the cases and draws the rest from people's own mix. No page, no text of anybody.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shopcart_assets.evaluation.categories import CATEGORIES
from shopcart_assets.evaluation.known import policy_rows, student_t
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.warehouse import Warehouse

_DAY = "2026-10-01"
_SITES = ("https://www.shop.example/s", "https://store.example/item")
_ACTIONS = {
    "search": '{"type": "type_and_submit", "name": "search_input", "text": "mug"}',
    "purchase": '{"type": "click", "name": "buy_now"}',
    "product": '{"type": "click", "name": "mug.view_product"}',
    "filter": '{"type": "click", "name": "refinements.red"}',
    "page": '{"type": "click", "name": "pagination.2"}',
    "other": '{"type": "click", "name": "cart"}',
    "terminate": '{"type": "terminate"}',
}
_TYPES = {name: {"search": "type_and_submit", "terminate": "terminate"}.get(name, "click") for name in CATEGORIES}
_ON_THE_WAY = (0.34, 0.0, 0.4, 0.1, 0.1, 0.06, 0.0)
_PREDICTED = (0.29, 0.03, 0.34, 0.09, 0.08, 0.05, 0.12)
_BUYS, _RIGHT, _ILLEGAL = 0.139, 0.3, 0.03
_PURCHASE, _TERMINATE = CATEGORIES.index("purchase"), CATEGORIES.index("terminate")
_MISSED = {"click": "didnt_click", "type_and_submit": "didnt_search", "terminate": "didnt_terminate"}
_WRONG = {"click": "clicked_wrong_button", "type_and_submit": "searched_wrong_keyword", "terminate": "correct"}


@dataclass(frozen=True)
class Size:
    """Test cases, sessions, users and policies, of which `n_scored` have likelihoods; the defaults are the paper's whole corpus,
    tested by 30 local models."""

    n_cases: int = 199_100
    n_sessions: int = 31_865
    n_users: int = 3_526
    n_policies: int = 30
    n_scored: int = 30

    def __post_init__(self) -> None:
        """Raises ValueError where a session would have no case, a user no session, or more policies are scored than there are."""
        if not self.n_cases >= self.n_sessions >= self.n_users >= 1 <= self.n_policies:
            raise ValueError("there are at least as many cases as sessions, as sessions as users, and one policy")
        if not 0 <= self.n_scored <= self.n_policies:
            raise ValueError("0 to all policies have likelihoods")


def fill(warehouse: Warehouse, size: Size, seed: int, count: Count = uncounted) -> None:
    """Writes made-up cases, the verdicts of `size.n_policies` policies on them, and likelihoods of `size.n_scored`."""
    rng = np.random.default_rng(seed)
    cases = _cases(size, rng)
    pages = pl.DataFrame({"page_id": ["page-0", "page-1"], "url": _SITES})
    warehouse.write("privacy.pages", _completed("privacy.pages", pages), day=_DAY)
    warehouse.write("dataset.cases", _completed("dataset.cases", cases), day=_DAY)
    policies = [PolicyConfig(f"policy-{number:02}", "baseline") for number in range(size.n_policies)]
    for one in each(policies, len(policies), "policies made up", count):
        warehouse.write("evaluation.verdicts", _completed("evaluation.verdicts", _judged(cases, rng)), policy=one.name)
    for one in each(policies[: size.n_scored], size.n_scored, "policies scored", count):
        warehouse.write(
            "evaluation.likelihoods", _completed("evaluation.likelihoods", _scored(cases, rng)), policy=one.name
        )
    warehouse.write("evaluation.policies", policy_rows(policies, ()))
    warehouse.write("evaluation.student_t", student_t())


def _cases(size: Size, rng: np.random.Generator) -> pl.DataFrame:
    """dataset.cases with the place of the action's category. Random cuts of the row of all cases make lengths that are geometric."""
    cuts = np.sort(rng.choice(np.arange(1, size.n_cases), size.n_sessions - 1, replace=False))
    lengths = np.diff(np.concatenate(([0], cuts, [size.n_cases])))
    session = np.repeat(np.arange(size.n_sessions), lengths)
    step = 2 + np.arange(size.n_cases) - np.repeat(np.concatenate(([0], cuts)), lengths)
    users = np.concatenate((np.arange(size.n_users), rng.integers(0, size.n_users, size.n_sessions - size.n_users)))
    is_final = step == np.repeat(lengths, lengths) + 1
    ends = np.where(rng.random(size.n_cases) < _BUYS, _PURCHASE, _TERMINATE)
    human = np.where(is_final, ends, rng.choice(len(CATEGORIES), size.n_cases, p=_ON_THE_WAY))
    frame = pl.DataFrame(
        {"session": session, "step": step, "user": users[session], "is_final": is_final, "human": human}
    )
    return frame.with_columns(
        session_id=pl.format("session-{}", "session"),
        user_id=pl.format("user-{}", "user"),
        page_id=pl.format("page-{}", pl.col("step") % 2),
        action=_named(human, list(_ACTIONS.values())),
        weight=1.0 / pl.len().over("session"),
    )


def _judged(cases: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """evaluation.verdicts of one policy."""
    human = cases["human"].to_numpy()
    is_illegal = rng.random(cases.height) < _ILLEGAL
    guess = np.where(rng.random(cases.height) < _RIGHT, human, rng.choice(len(CATEGORIES), cases.height, p=_PREDICTED))
    types = list(_TYPES.values())
    told = cases.with_columns(
        human_action="action",
        human_type=_named(human, types),
        human_category=_named(human, list(CATEGORIES)),
        predicted_type=_named(guess, types),
        predicted_category=pl.when(pl.Series(is_illegal))
        .then(pl.lit("illegal"))
        .otherwise(_named(guess, list(CATEGORIES))),
        is_exact=pl.Series((guess == human) & ~is_illegal),
        human_is_purchase=pl.Series(human == _PURCHASE),
        predicted_is_purchase=pl.Series((guess == _PURCHASE) & ~is_illegal),
        seed=pl.lit(0),
    ).with_columns(
        is_type=(pl.col("human_type") == pl.col("predicted_type")) & (pl.col("predicted_category") != "illegal")
    )
    wrong = (
        pl.when("is_type")
        .then(pl.col("human_type").replace_strict(_WRONG))
        .otherwise(pl.col("human_type").replace_strict(_MISSED))
    )
    kind = (
        pl.when("is_exact")
        .then(pl.lit("correct"))
        .when(pl.col("predicted_category") == "illegal")
        .then(pl.lit("illegal"))
    )
    return told.with_columns(error=kind.otherwise(wrong), is_target="is_exact", is_folded="is_exact")


def _scored(cases: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """evaluation.likelihoods of one policy: some 60 candidates, a purchase among them on every other page."""
    n = cases.height
    p_terminate = rng.beta(0.5, 3, n)
    rank = pl.Series(rng.geometric(0.3, n)).cast(pl.Int64)
    return cases.with_columns(
        pl.Series("human_nats", rng.gamma(2, 2, n)),
        pl.Series("p_terminate", p_terminate),
        pl.Series("p_purchase", (1 - p_terminate) * rng.beta(0.3, 5, n) * (cases["step"].to_numpy() % 2)),
        human_rank=pl.when(pl.Series(rng.random(n) < 0.9)).then(rank),
        n_candidates=pl.lit(60),
        seed=pl.lit(0),
    )


def _named(places: NDArray[np.int64], names: list[str]) -> pl.Series:
    return pl.Series(names).gather(places)


def _completed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as the table's, columns that it does not have as nulls."""
    return frame.select(
        pl.col(column) if column in frame.columns else pl.lit(None, dtype).alias(column)
        for column, dtype in table(name).schema().items()
    )
