"""Launchers: how `ml_jobs.train` is started on the ranks of a run. A command only; Dagster Pipes runs and follows it.

What is trained is in the run's configuration file, not here.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shopcart_assets.platform.jobs import die_with_parent


class Launcher(Protocol):
    """Starts a run. It ends with code 0, with platform.jobs.PREEMPTED where the same command goes on, or with an error's."""

    def command(self, config: Path, world_size: int) -> list[str]:
        """The command that trains what `config` says on `world_size` ranks and lasts as long as the run."""


@dataclass(frozen=True)
class LocalLauncher:
    """torchrun on this machine. It ends its ranks when it is ended, and is ended when its parent dies."""

    python: str = sys.executable

    def command(self, config: Path, world_size: int) -> list[str]:
        """See Launcher."""
        torchrun = ["-m", "ml_jobs.torchrun", "--standalone", f"--nproc-per-node={world_size}"]
        return [*die_with_parent(), self.python, *torchrun, "-m", "ml_jobs.train", "--config", str(config)]
