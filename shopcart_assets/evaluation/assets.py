"""Assets of the evaluation stage, by policy: what it answers, and whether that is right. Metrics over all policies are in `metrics`."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.evaluation import api, registry, rounds
from shopcart_assets.evaluation.found import watch
from shopcart_assets.evaluation.likelihoods import likelihoods as score
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.samples import samples as count_samples
from shopcart_assets.evaluation.verdicts import verdicts_by_day as judge
from shopcart_assets.platform.assets import (
    Platform,
    policies,
    report,
    table_asset,
)
from shopcart_assets.platform.automation import patient
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
    with patient(context):
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
        _whole("context.contexts"),
    ],
    partitions=policies,
    kinds={"polars", "transformers"},
)
def predictions(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """The policy's answer to every test case, word for word."""
    yield from platform.each_key(context, partial(_predictions, context))


def _judged(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    read, is_scored = platform.warehouse.read, platform.warehouse.exists("evaluation.likelihoods", policy=name)
    answers = read("evaluation.predictions", policy=name)
    # What is declared no more, and answered before likelihoods were read, can be judged anew all the same.
    scored = read("evaluation.likelihoods", policy=name) if is_scored else None
    cases = read("dataset.cases")
    frame = judge(answers.filter(pl.col("sample") == 0), cases, partial(names_of, platform.warehouse), scored)
    shares = {"correct": "error", "illegal": "error", "strict": "parse_mode"}
    told = {f"share_{value}": _share(frame, column, value) for value, column in shares.items()}
    context.add_asset_metadata(told, partition_key=name)
    yield platform.warehouse.write("evaluation.verdicts", frame, policy=name)


@table_asset(
    "evaluation.verdicts",
    deps=["evaluation.predictions", "evaluation.likelihoods", _whole("dataset.cases"), _whole("context.elements")],
    partitions=policies,
)
def verdicts(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Each answer of the policy parsed, checked against its page and compared with what the person did."""
    yield from platform.each_key(context, partial(_judged, context))


def _share(frame: pl.DataFrame, column: str, value: str) -> float:
    return frame.filter(pl.col(column) == value).height / max(1, frame.height)


def _scored(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    policy = registry.policy(platform.warehouse, platform.profile, name)
    frame = score(platform.warehouse, platform.settings, policy, context.log.info)
    if frame.height:
        told = {"mean_human_nats": frame["human_nats"].mean(), "mean_n_candidates": frame["n_candidates"].mean()}
        context.add_asset_metadata(told, partition_key=name)
    yield platform.warehouse.write("evaluation.likelihoods", frame, policy=name)


@table_asset(
    "evaluation.likelihoods",
    deps=[
        "evaluation.predictions",
        *map(_whole, ("dataset.cases", "dataset.splits", "dataset.conversations_action_only", "context.elements")),
        *map(_whole, ("dataset.conversations_reasoning", "context.actions", "training.checkpoints")),
    ],
    partitions=policies,
    kinds={"polars", "transformers"},
)
def likelihoods(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """How likely the policy holds each action of each case's page; without rows where it is no local model."""
    yield from platform.each_key(context, partial(_scored, context))


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


def _counted(platform: Platform, name: str) -> Iterable[Written]:
    read = platform.warehouse.read
    cases = read("dataset.cases")
    answers = read("evaluation.predictions", policy=name)
    frame = count_samples(answers, cases, names_of(platform.warehouse, cases))
    yield platform.warehouse.write("evaluation.samples", frame, policy=name)


@table_asset(
    "evaluation.samples",
    deps=["evaluation.predictions", _whole("dataset.cases"), _whole("context.elements")],
    partitions=policies,
)
def samples(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """All answers to a case, where there are several, judged: how many are exact, legal, different."""
    yield from platform.each_key(context, _counted)
