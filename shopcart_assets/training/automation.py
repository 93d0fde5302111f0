"""Which runs train what, now. What they have trained is in the lake."""

import dagster as dg

from shopcart_assets.platform.assets import experiments
from shopcart_assets.platform.automation import close_killed_runs, partitions_under_way
from shopcart_assets.platform.settings import Settings, enter


def training_under_way(settings: Settings) -> dict[str, str]:
    """`running` or `queued` by experiment, where a run trains it or will. Declares nothing: somebody only looks."""
    enter(settings)
    with dg.DagsterInstance.get() as instance:
        close_killed_runs(instance)
        return partitions_under_way(instance, str(experiments.name), dg.AssetKey(["training", "checkpoints"]), "train")
