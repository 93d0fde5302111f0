"""Launchers: how `ml_jobs.train` is started on the ranks of a run, waited for and ended. One interface; here, this machine's.

What is trained is in the run's configuration file, not here; Dagster is told by whoever calls.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shopcart_assets.platform.jobs import PREEMPTED, die_with_parent

Log = Callable[[str], None]
# The trainer ends itself 8 seconds after it was asked to; a cancelled run is gone within ten.
_GRACE_SECONDS = 9.0


class LaunchError(RuntimeError):
    """A run that did not end well; the message says where it went wrong and what to do."""


@dataclass(frozen=True)
class Job:
    """One run of `ml_jobs.train`: its name, its configuration file, its ranks where the launcher has no number of its own.

    `environment` is what its ranks get besides what they have.
    """

    name: str
    config: Path
    world_size: int
    environment: Mapping[str, str] = field(default_factory=dict)


class Launcher(Protocol):
    """Where runs take place."""

    def run(self, job: Job, log: Log) -> None:
        """Trains until it is done. Raises LaunchError where that fails.

        Whatever else ends the call, such as a cancelled run of Dagster, ends the ranks first. What was done is not lost:
        the same job goes on from its last checkpoint.
        """


@dataclass(frozen=True)
class LocalLauncher:
    """torchrun on this machine. It ends its ranks when it is ended, and is ended when its parent dies."""

    python: str = sys.executable

    def command(self, config: Path, world_size: int) -> list[str]:
        """Trains what `config` says on `world_size` ranks and lasts as long as the run.

        Should torchrun be killed, its ranks are too: they run in sessions of their own, where no signal to a group finds them.
        """
        torchrun = ["-m", "ml_jobs.torchrun", "--standalone", f"--nproc-per-node={world_size}"]
        rank = ["-m", "ml_jobs.train", "--config", str(config)]
        if prefix := die_with_parent("KILL"):
            rank = ["--no-python", *prefix, self.python, "-u", *rank]
        return [*die_with_parent(), self.python, *torchrun, *rank]

    def run(self, job: Job, log: Log) -> None:
        """See Launcher."""
        more = ["env", *(f"{name}={value}" for name, value in job.environment.items())]
        command = [*more, *self.command(job.config, job.world_size)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        log(f"{job.name}: torchrun is process {process.pid}, {job.world_size} ranks on this machine")
        try:
            code = process.wait()
        finally:
            _end(process)
        if code == PREEMPTED:
            raise LaunchError(f"{job.name} was asked to stop and has saved its work; start it again and it goes on")
        if code:
            raise LaunchError(f"{job.name} ended with code {code}; the last lines of its output say why")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Asks for an end, and does not wait for it longer than a cancelled run may last."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
