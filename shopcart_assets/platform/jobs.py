"""Runs a program of ml_jobs as processes, follows their output and leaves none behind: here on this machine; on Ray, `ray_jobs`.

Only processes and files: what a job's configuration means is known by the stage that asks and by the job itself.
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from shopcart_assets.platform.engine import EngineName

# What ml_jobs.train exits with where it was asked to stop: its work is saved, and the same command goes on with it. It is
# EX_TEMPFAIL of sysexits.h, "try again".
PREEMPTED = 75

TAIL_LINES = 20
"""Of a log that go with the error of its shard."""
_GRACE_SECONDS = 10.0


class JobError(RuntimeError):
    """A job ended with an error; the text is one line, the log's last lines are a note of the exception."""


class RunJob(Protocol):
    """Runs the shards of a job; `run_job` does so on this machine. The rows that they write do not depend on where."""

    def __call__(
        self, module: str, config: Mapping[str, Any], *, work: Path, n_processes: int, log: Callable[[str], None]
    ) -> None:
        """See run_job."""


def open_jobs(engine: EngineName, address: str = "auto") -> RunJob:
    """What runs jobs on this engine; `address` is a Ray cluster's, `auto` that of this machine.

    Raises EngineError where Ray is not installed; whether a cluster is there is seen on first use.
    """
    if engine == "local":
        return run_job
    from shopcart_assets.platform.ray_jobs import RayJobs

    return RayJobs(address)


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has this id, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def die_with_parent(signal_name: str = "TERM") -> tuple[str, ...]:
    """A command prefix that ends a child when its parent dies, even by SIGKILL; empty where setpriv (Linux) is missing.

    The parent is the thread that starts the child, which has to outlive it: prctl(2), PR_SET_PDEATHSIG.
    """
    return ("setpriv", "--pdeathsig", signal_name) if shutil.which("setpriv") else ()


def run_job(
    module: str, config: Mapping[str, Any], *, work: Path, n_processes: int = 1, log: Callable[[str], None] = print
) -> None:
    """Runs `python -m module --config FILE` as `n_processes` shards at once and waits until all have ended.

    Each shard's file `<work>/config-<i>.json` is `config` with the keys `shard` (from 0) and `n_shards`. Its output goes
    line by line to `log`, on the caller's thread, and to `<work>/log-<i>.txt`. Raises JobError when a shard fails; then,
    and when the caller is interrupted, the other shards are ended.
    """
    work.mkdir(parents=True, exist_ok=True)
    lines: queue.Queue[tuple[int, str | None]] = queue.Queue()
    shards: list[subprocess.Popen[str]] = []
    try:
        for shard in range(n_processes):
            shards.append(_start(module, {**config, "shard": shard, "n_shards": n_processes}, work))
            threading.Thread(target=_pump, args=(shard, shards[shard], work, lines), daemon=True).start()
        _follow(module, shards, work, lines, log)
    finally:
        end(shards)


def write_config(config: Mapping[str, Any], work: Path) -> Path:
    """The configuration file of the shard `config["shard"]`."""
    path = work / f"config-{config['shard']}.json"
    path.write_text(json.dumps(config, indent=1, sort_keys=True))
    return path


def command(module: str, config: Path) -> list[str]:
    """Runs a shard, with this interpreter; its output is not buffered."""
    return [sys.executable, "-u", "-m", module, "--config", str(config)]


def log_file(work: Path, shard: int) -> Path:
    """What the shard printed, all attempts one after the other."""
    return work / f"log-{shard}.txt"


def prefixed(line: str, shard: int, n_shards: int) -> str:
    """A shard's line as the caller logs it: it says whose it is where there are others."""
    return f"[{shard}] {line}" if n_shards > 1 else line


def failure(module: str, code: int, tail: Iterable[str], log: Path) -> JobError:
    """The error of a shard that ended with `code` and whose last lines are `tail`."""
    lines = list(tail)
    error = JobError(f"{module} ended with code {code}: {lines[-1] if lines else 'it printed nothing'} (log: {log})")
    error.add_note("\n".join(lines))
    return error


def _start(module: str, config: Mapping[str, Any], work: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*die_with_parent(), *command(module, write_config(config, work))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _pump(shard: int, process: subprocess.Popen[str], work: Path, lines: queue.Queue[tuple[int, str | None]]) -> None:
    assert process.stdout is not None
    with log_file(work, shard).open("a", encoding="utf-8") as file:
        for line in process.stdout:
            file.write(line)
            lines.put((shard, line.rstrip()))
    lines.put((shard, None))


def _follow(
    module: str,
    shards: list[subprocess.Popen[str]],
    work: Path,
    lines: queue.Queue[tuple[int, str | None]],
    log: Callable[[str], None],
) -> None:
    tails = [deque[str](maxlen=TAIL_LINES) for _ in shards]
    running = len(shards)
    while running:
        shard, line = lines.get()
        if line is not None:
            tails[shard].append(line)
            log(prefixed(line, shard, len(shards)))
            continue
        running -= 1
        if code := shards[shard].wait():
            raise failure(module, code, tails[shard], log_file(work, shard))


def end(shards: Sequence[subprocess.Popen[Any]]) -> None:
    """Ends those that have not ended, and waits until they have."""
    for process in shards:
        if process.poll() is None:
            process.terminate()
    for process in shards:
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read_rows(output: Path) -> list[dict[str, Any]]:
    """All rows that the shards of one job wrote to `<output>/part-*.jsonl`, shard by shard."""
    return list(each_row(output))


def each_row(output: Path) -> Iterator[dict[str, Any]]:
    """As `read_rows`, one at a time, for rows that need not fit into memory together."""
    for path in sorted(output.glob("part-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)
