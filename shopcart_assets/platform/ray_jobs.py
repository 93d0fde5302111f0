"""Runs a program of ml_jobs on the nodes of a Ray cluster, a task a shard; nodes may die. As `jobs.run_job` does on one machine.

Output goes through the files on the shared state folder, as with Slurm, and not through Ray: a log is there whatever became of
its node, and a task that is run again appends to it.
"""

import fcntl
import importlib.metadata
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from shopcart_assets.platform.engine import EngineError
from shopcart_assets.platform.jobs import (
    TAIL_LINES,
    command,
    die_with_parent,
    end,
    failure,
    log_file,
    prefixed,
    write_config,
)
from shopcart_assets.platform.ray_engine import MAX_RETRIES, Cluster, refuse_others
from shopcart_assets.platform.ray_engine import versions as engine_versions

_DECIDING = ("torch", "transformers", "tokenizers")
"""Packages whose version may show in what a model answers."""
_LOOK_SECONDS = 0.5
"""Between two looks at the logs."""
_GRACE_SECONDS = 10.0


class RayJobs:
    """Runs jobs on the cluster at an address (see RayEngine), each shard on a GPU of its own where the cluster has GPUs.

    A shard lost with its node is run again on another, and goes on from what it had written. There are as many shards as the
    caller says, whatever the cluster: those that find no room wait. A shard's configuration gets one more key, `cores`.
    """

    def __init__(self, address: str = "auto") -> None:
        """Raises EngineError where Ray is not installed."""
        self._cluster = Cluster(address)

    def __call__(
        self,
        module: str,
        config: Mapping[str, Any],
        *,
        work: Path,
        n_processes: int = 1,
        log: Callable[[str], None] = print,
    ) -> None:
        """See run_job. Raises EngineError too, where there is no cluster, or a node cannot do the work as this machine would."""
        ray = self._cluster.connected()
        room = Room.on(_nodes(ray), n_processes)
        task = ray.remote(
            num_cpus=room.cores, num_gpus=room.gpus, max_retries=MAX_RETRIES, scheduling_strategy="SPREAD"
        )(_run)
        work.mkdir(parents=True, exist_ok=True)
        logs: dict[Any, Log] = {}
        try:
            for shard in range(n_processes):
                told = {**config, "shard": shard, "n_shards": n_processes, "cores": room.cores}
                path = write_config(told, work)
                output = Log(log_file(work, shard))
                logs[task.remote(Shard(module, path, path.read_text(), output.path), versions())] = output
            self._follow(module, logs, room, log)
        finally:
            for one in logs:
                ray.cancel(one, force=True)
            if logs:
                ray.wait(list(logs), num_returns=len(logs), timeout=_GRACE_SECONDS)

    def _follow(self, module: str, logs: dict[Any, "Log"], room: "Room", log: Callable[[str], None]) -> None:
        """Logs the shards' lines until all have ended, and takes those that have from `logs`."""
        ray = self._cluster.connected()
        shards, nodes = {one: shard for shard, one in enumerate(logs)}, _nodes(ray)
        while logs:
            ended, _ = ray.wait(list(logs), num_returns=len(logs), timeout=_LOOK_SECONDS)
            before, nodes = len(nodes), _nodes(ray)
            if len(nodes) != before:
                then = "" if room.is_on(nodes) else room.wanted
                log(f"nodes of the Ray cluster: {len(nodes)}, before: {before}{then}")
            for one, output in list(logs.items()):
                for line in output.lines(is_over=one in ended):
                    log(prefixed(line, shards[one], len(shards)))
            for one in ended:
                output = logs.pop(one)
                if code := self._cluster.result(one, "a shard", "what its shards wrote is there, and is gone on with"):
                    raise failure(module, code, output.tail, output.path)


@dataclass(frozen=True)
class Room:
    """What a shard asks of its node: `cores` are its own there; `gpus` is 1, or 0 on a cluster that has none."""

    cores: int
    gpus: int

    @classmethod
    def on(cls, nodes: Sequence[Mapping[str, float]], n_shards: int) -> "Room":
        """The most that leaves room for all shards at once and that each node has, so that any can go on with a lost one's.

        On GPUs, the cores that come with one.

        >>> Room.on([{"CPU": 8.0}, {"CPU": 8.0}], 3), Room.on([{"CPU": 16.0, "GPU": 4.0}, {"CPU": 64.0}], 3)
        (Room(cores=4, gpus=0), Room(cores=4, gpus=1))
        >>> Room.on([{"CPU": 8.0}, {"CPU": 2.0}], 1), Room.on([{"CPU": 2.0}], 5)
        (Room(cores=2, gpus=0), Room(cores=1, gpus=0))
        """
        if gpus := [node for node in nodes if node.get("GPU", 0) >= 1]:
            return cls(max(1, min(int(node.get("CPU", 1) // node["GPU"]) for node in gpus)), 1)
        cores = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
        fitting = (n for n in range(min(cores, default=1), 1, -1) if sum(has // n for has in cores) >= n_shards)
        return cls(next(fitting, 1), 0)

    def is_on(self, nodes: Sequence[Mapping[str, float]]) -> bool:
        """Whether any of the nodes could run a shard."""
        return any(node.get("CPU", 0) >= self.cores and node.get("GPU", 0) >= self.gpus for node in nodes)

    @property
    def wanted(self) -> str:
        """What is said where none could.

        >>> Room(4, 1).wanted
        '; shards wait for one with 4 cores and a GPU'
        """
        return f"; shards wait for one with {self.cores} cores{' and a GPU' if self.gpus else ''}"


def _nodes(ray: Any) -> list[Mapping[str, float]]:
    """What each node that is alive has."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


class Log:
    """The lines that a file gets from now on, while another machine writes it."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.path, self.tail = path, deque[str](maxlen=TAIL_LINES)
        self._at, self._rest = path.stat().st_size, b""

    def lines(self, *, is_over: bool) -> Iterator[str]:
        """Those since the last look; the last one too, should it have no end, where it `is_over`."""
        # Opened each time: that is when a network file system looks for what is new.
        with self.path.open("rb") as file:
            file.seek(self._at)
            new = file.read()
        self._at += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        for line in [*whole, self._rest] if is_over and self._rest else whole:
            self.tail.append(line.decode(errors="replace").rstrip())
            yield self.tail[-1]


@dataclass(frozen=True)
class Shard:
    """What a task is to run. `text` is what the file `config` holds where it was written."""

    module: str
    config: Path
    text: str
    log: Path


def _run(shard: Shard, wanted: Mapping[str, str]) -> int:
    """On a node: runs the shard and returns its exit code. Raises EngineError where this node is not as all others.

    The child is started on this thread, which lives as long as it: a worker that is killed takes it along. While it lives it
    holds the lock of its log. So where Ray has given up a node that has not died yet, two never write one file of rows.
    """
    refuse_others(versions(), wanted)
    if not _reads(shard.config, shard.text):
        raise EngineError(
            f"a Ray node does not see {shard.config} as this machine does: the state folder (SHOPCART_STATE) must be on a "
            "file system that all nodes share, under the same path"
        )
    path = os.pathsep.join(place for place in sys.path if place)  # this project's code is on it: it came with the task
    run = [*die_with_parent(), "env", "PYTHONSAFEPATH=1", f"PYTHONPATH={path}", *command(shard.module, shard.config)]
    with _locked(shard.log) as log:
        process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            return process.wait()
        finally:
            end([process])


def _locked(log: Path) -> BinaryIO:
    try:
        file = log.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise EngineError(
            f"a Ray node cannot write and lock {log} ({error.strerror}): its processes must run as a user who may write to the "
            "state folder, on a file system that knows flock"
        ) from None
    return file


def _reads(config: Path, text: str) -> bool:
    try:
        return config.read_text() == text
    except OSError:
        return False


def versions() -> dict[str, str]:
    """Of this Python and the packages that a model's answers depend on; a build for other hardware is the same version."""
    return {"python": engine_versions()["python"]} | {name: _version(name) for name in _DECIDING}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
