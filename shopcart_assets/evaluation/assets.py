"""Assets of the evaluation stage: predictions and verdicts of a policy, and metrics over all of them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.evaluation import api, known, registry, rounds, sums
from shopcart_assets.evaluation import bootstrap as resampled
from shopcart_assets.evaluation.comparisons import comparisons as compare
from shopcart_assets.evaluation.comparisons import declared_pairs
from shopcart_assets.evaluation.found import watch
from shopcart_assets.evaluation.human_floor import human_floor as floor_of
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.evaluation.verdicts import verdicts as judge
from shopcart_assets.platform.assets import (
    Platform,
    policies,
    report,
    report_all,
    table_asset,
    table_assets,
    view_asset,
)
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.warehouse import Written

CHECKPOINT = "checkpoint_config_sha256"
"""The metadata of evaluation/predictions that tells which checkpoint answered, where one did: it may be trained anew."""


def _whole(table: str) -> dg.AssetDep:
    """A dependency on all partitions of a table: a policy answers the cases of every day."""
    return dg.AssetDep(table.split("."), partition_mapping=dg.AllPartitionMapping())


def _round(context: dg.AssetExecutionContext, platform: Platform, name: str) -> str:
    """The round that a run is for, where it is for a policy that a server answers."""
    asked_for, today = context.run.tags.get(rounds.TAG), dt.datetime.now(dt.UTC).date()
    return rounds.chosen(asked_for, rounds.known(platform.warehouse, name), today)


def _responses(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    policy = registry.policy(platform.warehouse, platform.profile, name)
    if policy.server is None:
        yield Written(api.TABLE)
        return

    def tell(facts: Mapping[str, Any]) -> None:
        context.log.info(f"before anything is sent, {name}: {dict(facts)}")
        context.log_event(dg.AssetObservation(dg.AssetKey(["evaluation", "responses"]), partition=name, metadata=facts))

    round_, settings = _round(context, platform, name), platform.settings
    got = api.ask(platform.warehouse, settings, policy, round_, tell, context.log.info)
    context.add_asset_metadata({"round": round_, **got.facts()}, partition_key=name)
    yield platform.warehouse.write(api.TABLE, got.rows, policy=name, round=round_)


@table_asset(
    "evaluation.responses",
    deps=[*map(_whole, ("dataset.conversations_action_only", "dataset.conversations_reasoning", "dataset.splits"))],
    partitions=policies,
    pool="servers",
)
def responses(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Asks a policy's server what the ledger has no answer to. A batch is sent and left alone: a sensor runs this again."""
    yield from platform.each_key(context, partial(_responses, context))


def _predictions(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    policy = registry.policy(platform.warehouse, platform.profile, name)
    round_ = _round(context, platform, name) if policy.server else None
    checkpoint = {CHECKPOINT: _checkpoint(platform, policy)} if policy.kind == "fine_tuned" else {}
    answers = predict(platform.warehouse, platform.settings, policy, context.log.info, round_)
    told = {"share_max_tokens": _share(answers, "stop_reason", "max_tokens"), **checkpoint}
    context.add_asset_metadata(told, partition_key=name)
    yield platform.warehouse.write("evaluation.predictions", answers, policy=name)


def _checkpoint(platform: Platform, policy: PolicyConfig) -> str:
    return str(platform.warehouse.read("training.checkpoints", experiment=str(policy.model))["config_sha256"][0])


@table_asset(
    "evaluation.predictions",
    deps=[
        "evaluation.responses",
        *map(_whole, ("dataset.cases", "dataset.splits", "dataset.conversations_action_only", "context.elements")),
        *map(_whole, ("dataset.conversations_reasoning", "context.actions", "context.optimal", "training.checkpoints")),
    ],
    partitions=policies,
    kinds={"polars", "transformers"},
)
def predictions(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """The policy's answer to every test case, word for word."""
    yield from platform.each_key(context, partial(_predictions, context))


def _judged(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    read = platform.warehouse.read
    judged = read("evaluation.predictions", policy=name).filter(pl.col("sample") == 0)
    frame = judge(judged, read("dataset.cases"), read("context.elements"))
    shares = {"correct": "error", "illegal": "error", "strict": "parse_mode"}
    told = {f"share_{value}": _share(frame, column, value) for value, column in shares.items()}
    context.add_asset_metadata(told, partition_key=name)
    yield platform.warehouse.write("evaluation.verdicts", frame, policy=name)


@table_asset(
    "evaluation.verdicts",
    deps=["evaluation.predictions", _whole("dataset.cases"), _whole("context.elements")],
    partitions=policies,
)
def verdicts(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Each answer of the policy parsed, checked against its page and compared with what the person did."""
    yield from platform.each_key(context, partial(_judged, context))


def _share(frame: pl.DataFrame, column: str, value: str) -> float:
    return frame.filter(pl.col(column) == value).height / max(1, frame.height)


def _verdicts(platform: Platform) -> pl.DataFrame:
    """All verdicts on cases that are still asked: a policy may have been judged before the split changed."""
    cases = platform.warehouse.read("dataset.cases")
    return platform.warehouse.read("evaluation.verdicts").join(cases, on=CASE, how="semi")


@table_asset("evaluation.comparisons", deps=["evaluation.verdicts", "dataset.cases"])
def comparisons(platform: Platform) -> dg.MaterializeResult[Any]:
    """The declared pairs of policies: differences, intervals and tests."""
    pairs = declared_pairs(registry.policies(platform.warehouse, platform.profile), platform.profile.experiments)
    frame = compare(_verdicts(platform), pairs)
    return report(platform.warehouse.write("evaluation.comparisons", frame), declared_pairs=len(pairs))


@table_asset("evaluation.found_policies")
def found_policies(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """Asks the watched servers which models they have: a new id that matches a declared pattern becomes a policy."""
    found = watch(platform.warehouse, platform.settings, context.log.info)
    written = platform.warehouse.write("evaluation.found_policies", found.rows)
    return report(written, n_new=len(found.new), new=", ".join(found.new), not_reached="; ".join(found.not_reached))


def _rounds(platform: Platform, name: str) -> Iterable[Written]:
    read = platform.warehouse.read
    (round_,) = read("evaluation.predictions", policy=name)["round"].unique().to_list() or [None]
    if round_ is None:  # nobody was asked, or nothing is home yet
        yield Written("evaluation.rounds")
        return
    frame = rounds.judged(read("evaluation.verdicts", policy=name), read(api.TABLE, policy=name, round=round_))
    yield platform.warehouse.write("evaluation.rounds", frame, policy=name, round=round_)


@table_asset(
    "evaluation.rounds",
    deps=["evaluation.verdicts", "evaluation.predictions", "evaluation.responses"],
    partitions=policies,
)
def round_verdicts(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Keeps a server's verdicts round by round: it drifts, and the next round replaces them in evaluation/verdicts."""
    yield from platform.each_key(context, _rounds)


@table_asset("evaluation.policies", deps=["training.checkpoints", "evaluation.found_policies"])
def known_policies(platform: Platform) -> dg.MaterializeResult[Any]:
    """What is known of each policy: its kind, its model, its arm, its seed."""
    checkpoints = platform.warehouse.read("training.checkpoints")
    every = registry.policies(platform.warehouse, platform.profile)
    rows = known.policy_rows(every, platform.profile.experiments, checkpoints)
    return report(platform.warehouse.write("evaluation.policies", rows))


@table_asset("evaluation.student_t", kinds={"scipy", "parquet"})
def student_t(platform: Platform) -> dg.MaterializeResult[Any]:
    """The quantiles of Student's t that intervals need."""
    return report(platform.warehouse.write("evaluation.student_t", known.student_t()))


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


accuracy = view_asset("evaluation.accuracy", plot=("policy", ["macro_accuracy", "micro_accuracy"]))
accuracy_by_step = view_asset("evaluation.accuracy_by_step")
accuracy_by_human_type = view_asset("evaluation.accuracy_by_human_type")
accuracy_by_site = view_asset("evaluation.accuracy_by_site")
outcomes = view_asset("evaluation.outcomes", plot=("policy", ["f1"]))
errors = view_asset("evaluation.errors")
mix = view_asset("evaluation.mix")
transitions = view_asset("evaluation.transitions")
divergence = view_asset("evaluation.divergence")
leaderboard = view_asset("evaluation.leaderboard", plot=("policy", ["place"]))
