"""Metrics over all policies: what views read, what cannot be a view because it is resampled or a p-value, and the views."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from shopcart_assets.evaluation import bootstrap as resampled
from shopcart_assets.evaluation import known, likelihood_sums, registry, sums
from shopcart_assets.evaluation.answers import stored
from shopcart_assets.evaluation.arms import arms as arms_of
from shopcart_assets.evaluation.arms import declared_arms
from shopcart_assets.evaluation.comparisons import compared
from shopcart_assets.evaluation.figures import drawn
from shopcart_assets.evaluation.human_floor import human_floor as floor_of
from shopcart_assets.evaluation.pairs import Run, declared_pairs, trained
from shopcart_assets.platform.assets import (
    Platform,
    report,
    report_all,
    table_asset,
    table_assets,
    view_asset,
)


@table_assets(
    ("evaluation.user_scores", "evaluation.case_counts"),
    deps=["evaluation.verdicts", "dataset.cases", "privacy.pages"],
)
def added_up(platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """All verdicts on cases that are still asked, added up by user and by kind of case."""
    total, write = sums.add_up(platform.warehouse), platform.warehouse.write
    yield from report_all(
        [write("evaluation.user_scores", total.user_scores), write("evaluation.case_counts", total.case_counts)]
    )


@table_assets(
    ("evaluation.rank_sums", "evaluation.chance_cells", "evaluation.purchase_thresholds"),
    deps=["evaluation.likelihoods", "dataset.cases"],
)
def likelihoods_added_up(platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """All likelihoods of cases that are still asked, added up by policy and by chance."""
    total = likelihood_sums.add_up(platform.warehouse)
    yield from report_all(platform.warehouse.write(*one) for one in total.items())


@table_asset("evaluation.policies", deps=["training.checkpoints", "evaluation.found_policies"])
def known_policies(platform: Platform) -> dg.MaterializeResult[Any]:
    """What is known of each policy: its kind, its model, its arm, its seed."""
    rows = known.policy_rows(registry.policies(platform.warehouse, platform.profile), _trained(platform))
    return report(platform.warehouse.write("evaluation.policies", rows))


@table_asset("evaluation.student_t", kinds={"scipy", "parquet"})
def student_t(platform: Platform) -> dg.MaterializeResult[Any]:
    """The quantiles of Student's t that intervals need."""
    return report(platform.warehouse.write("evaluation.student_t", known.student_t()))


@table_asset("evaluation.bootstrap", deps=["evaluation.user_scores"], kinds={"numpy", "parquet"})
def bootstrap(platform: Platform) -> dg.MaterializeResult[Any]:
    """Intervals of what has no formula: F1, over users drawn with replacement."""
    rows = resampled.f1_intervals(platform.warehouse.read("evaluation.user_scores"))
    return report(platform.warehouse.write("evaluation.bootstrap", rows))


@table_asset("evaluation.human_floor", deps=["dataset.cases"], kinds={"numpy", "parquet"})
def human_floor(platform: Platform) -> dg.MaterializeResult[Any]:
    """How far people are from people: two random halves of the test users."""
    rows = floor_of(sums.with_categories(platform.warehouse.read("dataset.cases")))
    values = {f"js_bits/{row['given']}": row["js_bits"] for row in rows.to_dicts()}
    return report(platform.warehouse.write("evaluation.human_floor", rows), **values)


@table_asset("evaluation.comparisons", deps=["evaluation.verdicts", "dataset.cases", "training.checkpoints"])
def comparisons(platform: Platform) -> dg.MaterializeResult[Any]:
    """The declared pairs of policies: differences, intervals and tests."""
    pairs = declared_pairs(registry.policies(platform.warehouse, platform.profile), _trained(platform))
    frame = compared(stored(platform.warehouse), pairs)
    return report(platform.warehouse.write("evaluation.comparisons", frame), declared_pairs=len(pairs))


def _trained(platform: Platform) -> list[Run]:
    return trained(platform.profile.experiments, platform.warehouse.read("training.checkpoints"))


@table_asset("evaluation.arms", deps=["evaluation.verdicts", "dataset.cases", "training.checkpoints"])
def arms(platform: Platform) -> dg.MaterializeResult[Any]:
    """Each arm of training over its seeds, and whether it differs from the arm that has one thing less."""
    declared = declared_arms(registry.policies(platform.warehouse, platform.profile), _trained(platform))
    frame = arms_of(stored(platform.warehouse), declared)
    return report(platform.warehouse.write("evaluation.arms", frame), n_claims=int(frame["is_claim"].sum()))


accuracy = view_asset(
    "evaluation.accuracy", plot=("policy", ["macro_accuracy", "micro_accuracy"]), figure=drawn.accuracy
)
accuracy_by_step = view_asset("evaluation.accuracy_by_step", figure=drawn.by_step, beside=["evaluation.accuracy"])
accuracy_by_human_type = view_asset("evaluation.accuracy_by_human_type")
accuracy_by_site = view_asset("evaluation.accuracy_by_site")
outcomes = view_asset("evaluation.outcomes", plot=("policy", ["f1"]))
opera_outcomes = view_asset("evaluation.opera_outcomes", plot=("policy", ["binary_f1", "weighted_f1"]))
errors = view_asset("evaluation.errors", figure=drawn.errors, beside=["evaluation.accuracy"])
mix = view_asset("evaluation.mix", figure=drawn.mix, beside=["evaluation.divergence", "evaluation.accuracy"])
transitions = view_asset("evaluation.transitions")
divergence = view_asset("evaluation.divergence")
leaderboard = view_asset("evaluation.leaderboard", plot=("policy", ["place"]))
pass_at_k = view_asset("evaluation.pass_at_k")
ranking = view_asset("evaluation.ranking", plot=("policy", ["macro_nats_per_action", "mrr"]))
calibration = view_asset("evaluation.calibration")
calibration_scores = view_asset("evaluation.calibration_scores")
