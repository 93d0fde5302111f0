"""Assets of the training stage: one checkpoint an experiment, trained by `ml_jobs.train` through Dagster Pipes."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Platform, experiments, picture, table_asset
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.training import curve, follow, launchers, runs
from shopcart_assets.training.launch import Launcher

# Every experiment learns from all days of its conversations.
_CONVERSATIONS = [
    dg.AssetDep(dg.AssetKey(["dataset", name]), partition_mapping=dg.AllPartitionMapping())
    for name in ("conversations_action_only", "conversations_reasoning")
]


def _tell(context: dg.AssetExecutionContext, platform: Platform, name: str, metrics: bytes) -> None:
    """A run so far, for SQL and for the UI."""
    steps = runs.read_steps(metrics)
    if steps.is_empty():
        return
    platform.warehouse.write("training.steps", steps, experiment=name)
    seen = {**curve.latest(steps), "loss": picture(curve.curves({name: steps}, looks([name])))}
    context.log_event(dg.AssetObservation(dg.AssetKey(["training", "checkpoints"]), partition=name, metadata=seen))


def _launched(context: dg.AssetExecutionContext, launcher: Launcher, run: runs.Run) -> dg.MaterializeResult[Any]:
    """Trains, wherever; Dagster's messages go through files beside the run's, which every rank can reach."""
    told, heard = (
        run.config.with_name(f"pipes-{context.run.run_id}-{which}.jsonl") for which in ("context", "messages")
    )
    with dg.open_pipes_session(
        context, dg.PipesFileContextInjector(str(told)), dg.PipesFileMessageReader(str(heard))
    ) as session:
        launcher.run(runs.job(run, session.get_bootstrap_env_vars()), context.log.info)
    # Without a report of its own a run has not trained, whatever its exit code says.
    return dg.PipesClientCompletedInvocation(session).get_materialize_result(implicit_materialization=False)


def _checkpoint(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    run = runs.Run(platform.profile.experiment(name), platform.settings.state)
    source, partition = runs.conversations_table(run.experiment)
    runs.write(run, platform.warehouse.read(source, **partition))
    with follow.following(run.metrics, partial(_tell, context, platform, name)):
        reported = _launched(context, launchers.configured(platform.settings), run)
    context.add_asset_metadata(reported.metadata or {}, partition_key=name)
    yield platform.warehouse.write("training.checkpoints", runs.checkpoint(run), experiment=name)


@table_asset(
    "training.checkpoints",
    deps=_CONVERSATIONS,
    partitions=experiments,
    kinds={"pytorch", "huggingface"},
    pool="training",
)
def checkpoints(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Fine-tuned models, as Hugging Face directories."""
    yield from platform.each_key(context, partial(_checkpoint, context))


def _steps(context: dg.AssetExecutionContext, platform: Platform, name: str) -> Iterable[Written]:
    run = runs.Run(platform.profile.experiment(name), platform.settings.state)
    steps = runs.steps(run)
    context.add_asset_metadata({"loss": picture(curve.curves({name: steps}, looks([name])))}, partition_key=name)
    yield platform.warehouse.write("training.steps", steps, experiment=name)


@table_asset("training.steps", deps=["training.checkpoints"], partitions=experiments)
def steps(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """The loss curve of each run."""
    yield from platform.each_key(context, partial(_steps, context))


ASSETS = [checkpoints, steps]
