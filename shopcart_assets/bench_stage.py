"""One stage of the pipeline over a registered drop, in a process of its own: what `bench_pipeline` times. Nothing is measured here.

`python -m shopcart_assets.bench_stage STAGE SECONDS_FILE`; the environment names lake, state and profile.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets import automation
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.traffic import drops

POLICIES = ("always_terminate", "always_buy", "markov_1", "markov_2")
"""Policies that ask no model: two constant ones, and the Markov chains."""


@dataclass(frozen=True)
class Stage:
    """The groups of assets that a stage has of the jobs of `steps`: `ingest` (of all days), `evaluate` (each of POLICIES) or `publish`."""

    steps: str
    groups: tuple[str, ...] = ()


STAGES: Mapping[str, Stage] = {
    **{name: Stage("ingest", (name,)) for name in ("traffic", "privacy", "context", "dataset")},
    "policies": Stage("evaluate"),
    "views": Stage("publish", ("evaluation",)),
    "report": Stage("publish", ("report",)),
}


def main(name: str, seconds_file: Path) -> None:
    """Runs the stage and writes how long it took, but for starting the process, in seconds."""
    settings, stage = load_settings(), STAGES[name]
    with automation.dagster_instance(settings) as instance:
        began = time.monotonic()
        for step in _steps(stage, settings.state):
            automation.run(step, instance, stage.groups)
        seconds_file.write_text(repr(time.monotonic() - began))


def _steps(stage: Stage, state: Path) -> Sequence[automation.Step]:
    match stage.steps:
        case "ingest":
            return automation.ingest_steps([day for drop in drops.registered(state) for day in drops.days(drop)])
        case "evaluate":
            return [automation.Step(f"evaluate {name}", "evaluate", name) for name in POLICIES]
        case _:
            return [automation.Step("metrics and report", "publish")]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
