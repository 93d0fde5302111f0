"""Assets of the evaluation stage: predictions and verdicts of a policy, and metrics over all of them."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.evaluation.accuracy import accuracy as accuracy_of
from shopcart_assets.evaluation.comparisons import comparisons as compare
from shopcart_assets.evaluation.comparisons import declared_pairs
from shopcart_assets.evaluation.outcomes import outcomes as outcomes_of
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.evaluation.verdicts import verdicts as judge
from shopcart_assets.platform.assets import Platform, policies, report, table_asset
from shopcart_assets.platform.warehouse import Written


def _whole(table: str) -> dg.AssetDep:
    """A dependency on all partitions of a table: a policy answers the cases of every day."""
    return dg.AssetDep(table.split("."), partition_mapping=dg.AllPartitionMapping())


def _predictions(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    answers = predict(platform.warehouse, platform.settings, platform.profile.policy(name), context.log.info)
    context.add_asset_metadata({"share_max_tokens": _share(answers, "stop_reason", "max_tokens")}, partition_key=name)
    yield platform.warehouse.write("evaluation.predictions", answers, policy=name)


@table_asset(
    "evaluation.predictions",
    deps=[
        *map(_whole, ("dataset.cases", "dataset.splits", "dataset.conversations_action_only", "context.elements")),
        *map(_whole, ("dataset.conversations_reasoning", "context.actions", "context.optimal", "training.checkpoints")),
        _whole("context.contexts"),
    ],
    partitions=policies,
    kinds={"polars", "transformers"},
)
def predictions(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """The policy's answer to every test case, word for word."""
    yield from platform.each_key(context, partial(_predictions, context))


def _judged(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    read = platform.warehouse.read
    frame = judge(read("evaluation.predictions", policy=name), read("dataset.cases"), read("context.elements"))
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


@table_asset("evaluation.accuracy", deps=["evaluation.verdicts", "dataset.cases"])
def accuracy(platform: Platform) -> dg.MaterializeResult[Any]:
    """Macro and micro exact match of every policy, with intervals clustered by user."""
    kinds = {one.name: one.kind for one in platform.profile.policies}
    frame = accuracy_of(_verdicts(platform), platform.warehouse.read("dataset.cases"), kinds)
    values = {f"macro_accuracy/{row['policy']}": row["macro_accuracy"] for row in frame.to_dicts()}
    return report(platform.warehouse.write("evaluation.accuracy", frame), **values)


@table_asset("evaluation.outcomes", deps=["evaluation.verdicts", "dataset.cases"])
def outcomes(platform: Platform) -> dg.MaterializeResult[Any]:
    """Purchase or not at the end of each session: the 2x2 table and F1 of every policy."""
    return report(platform.warehouse.write("evaluation.outcomes", outcomes_of(_verdicts(platform))))


@table_asset("evaluation.comparisons", deps=["evaluation.verdicts", "dataset.cases"])
def comparisons(platform: Platform) -> dg.MaterializeResult[Any]:
    """The declared pairs of policies: differences, intervals and tests."""
    pairs = declared_pairs(platform.profile.policies, platform.profile.experiments)
    frame = compare(_verdicts(platform), pairs)
    return report(platform.warehouse.write("evaluation.comparisons", frame), declared_pairs=len(pairs))
