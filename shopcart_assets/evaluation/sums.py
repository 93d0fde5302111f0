"""What metrics are made of: verdicts added up by user and by kind of case, so that views need not read every verdict.

The metrics themselves are views in `sql/evaluation/`. Rows are added up in the order of sessions and steps, whatever the order
they come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.categories import CATEGORIES, Category, category
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.platform.actions import from_json
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse

UNKNOWN_SITE = "unknown"
FIRST: Category = "search"
"""What came before a session's first case: each session begins with a search."""

_KIND = ("step", "site", "previous_category", "human_category", "predicted_category", "error")
_NO_PAGES = pl.DataFrame(schema={"page_id": pl.String, "url": pl.String, "day": pl.String})
_OUTCOME = {"purchase": "purchase", "terminate": "terminate", "illegal": "illegal"}


@dataclass(frozen=True)
class Sums:
    """evaluation.user_scores and evaluation.case_counts."""

    user_scores: pl.DataFrame
    case_counts: pl.DataFrame


def add_up(warehouse: Warehouse, count: Count = uncounted) -> Sums:
    """The sums of every policy that was judged, one policy in memory at a time. Raises EvaluationError."""
    days = warehouse.partitions("privacy.pages")
    pages = [
        warehouse.read_columns("privacy.pages", ["page_id", "url"], **day).with_columns(**_keys(day)) for day in days
    ]
    cases = asked(warehouse.read("dataset.cases"), pl.concat([_NO_PAGES, *pages]))
    judged = [one["policy"] for one in warehouse.partitions("evaluation.verdicts")]
    told = each(judged, len(judged), "policies added up", count)
    all_sums = [sums(warehouse.read("evaluation.verdicts", policy=one), cases) for one in told]
    return Sums(
        pl.concat([table("evaluation.user_scores").empty(), *(one.user_scores for one in all_sums)]),
        pl.concat([table("evaluation.case_counts").empty(), *(one.case_counts for one in all_sums)]),
    )


def _keys(partition: Mapping[str, str]) -> dict[str, pl.Expr]:
    return {name: pl.lit(value) for name, value in partition.items()}


def asked(cases: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """`cases` (dataset.cases) with their categories and the site of each. `pages`: day, page_id and url, as in privacy.pages."""
    sites = pages.select("day", "page_id", pl.col("url").map_elements(site, return_dtype=pl.String).alias("site"))
    named = with_categories(cases).join(
        sites.unique(["day", "page_id"]), on=["day", "page_id"], how="left", maintain_order="left"
    )
    return named.with_columns(pl.col("site").fill_null(UNKNOWN_SITE))


def with_categories(cases: pl.DataFrame) -> pl.DataFrame:
    """`cases` (dataset.cases) by session and step, with the human_category of each and the previous_category."""
    ordered = cases.sort(CASE)
    human = [category(from_json(text)) for text in ordered["action"]]
    return ordered.with_columns(pl.Series("human_category", human, pl.String)).with_columns(
        previous_category=pl.col("human_category").shift().over("session_id").fill_null(FIRST)
    )


def site(url: str) -> str:
    """The host of an address without www.

    >>> site("https://www.amazon.com/s?k=mug"), site("about:blank")
    ('amazon.com', 'unknown')
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:  # an address such as http://[x, as a page may say
        host = None
    return (host or UNKNOWN_SITE).removeprefix("www.")


def sums(verdicts: pl.DataFrame, cases: pl.DataFrame) -> Sums:
    """The sums of one policy's `verdicts`, which name it, over those of `cases` (as `asked` makes them) that it answered.

    A verdict on a case that is not asked any more does not count. Raises EvaluationError where verdicts are older than the
    categories that are counted.
    """
    known = cases.select(*CASE, "site", "human_category", "previous_category")
    judged = verdicts.drop("human_category").join(known, on=CASE, how="inner")
    if old := judged["predicted_category"].null_count():
        policy = judged["policy"][0]
        raise EvaluationError(f"{policy}: {old} verdicts have no category: materialize evaluation/verdicts of it again")
    return Sums(user_scores(judged), _by_kind(judged.sort(CASE)))


def user_scores(verdicts: pl.DataFrame) -> pl.DataFrame:
    """evaluation.user_scores of `verdicts`, of one policy or of several, by policy and user."""
    judged = verdicts.sort("policy", *CASE)
    by_session = judged.group_by("policy", "user_id", "session_id", maintain_order=True).agg(
        pl.col("is_exact").mean().alias("accuracy")
    )
    sessions = by_session.group_by("policy", "user_id", maintain_order=True).agg(
        pl.len().alias("n_sessions"), pl.col("accuracy").sum().alias("accuracy_sum")
    )
    counted = judged.group_by("policy", "user_id", maintain_order=True).agg(
        pl.len().alias("n_cases"),
        *(pl.col(f"is_{one}").sum().alias(f"n_{one}") for one in ("exact", "type", "target", "folded")),
        (~pl.col("is_final")).sum().alias("n_non_final"),
        (~pl.col("is_final") & pl.col("is_exact")).sum().alias("n_non_final_exact"),
        *_outcomes(),
        *((pl.col("human_category") == one).sum().alias(f"n_human_{one}") for one in CATEGORIES),
        *((pl.col("predicted_category") == one).sum().alias(f"n_predicted_{one}") for one in (*CATEGORIES, "illegal")),
    )
    joined = sessions.join(counted, on=["policy", "user_id"]).sort("policy", "user_id")
    return table("evaluation.user_scores").conform(joined)


def _outcomes() -> list[pl.Expr]:
    """The 2x4 table of how sessions end: bought or not, and what was predicted."""
    called = pl.col("predicted_category").replace_strict(_OUTCOME, default="other")
    ends = {"bought": pl.col("human_is_purchase"), "left": ~pl.col("human_is_purchase")}
    return [
        (pl.col("is_final") & ended & (called == call)).sum().alias(f"n_{name}_{call}")
        for name, ended in ends.items()
        for call in ("purchase", "terminate", "other", "illegal")
    ]


def _by_kind(judged: pl.DataFrame) -> pl.DataFrame:
    counted = judged.group_by("policy", *_KIND, maintain_order=True).agg(
        pl.len().alias("n_cases"),
        pl.col("is_type").sum().alias("n_type"),
        pl.col("is_target").sum().alias("n_target"),
        pl.col("weight").sum(),
    )
    return table("evaluation.case_counts").conform(counted.sort("policy", *_KIND))
