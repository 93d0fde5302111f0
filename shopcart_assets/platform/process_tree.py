"""What a process and all its descendants use, as Linux tells it: memory now and at most, processor time. Nothing is reported here."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """`peak_bytes`: the most that all processes had in memory at once, shared pages counted once (PSS); 0 where it is not told.

    `cpu_seconds`: of all processes, but for what each did after it was last looked at.
    """

    exit_code: int
    seconds: float
    peak_bytes: int
    cpu_seconds: float


def run(command: list[str], cwd: Path, log: Path, every_seconds: float = 0.5) -> Used:
    """Runs the command to its end, its output in the file `log`, and looks at its processes every so often."""
    began, peak, cpu = time.monotonic(), 0, dict[tuple[int, str], float]()
    with log.open("w") as out, subprocess.Popen(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            while process.poll() is None:
                pids = list(tree(process.pid))
                peak = max(peak, sum(map(pss_bytes, pids)))
                cpu |= dict(map(_cpu, pids))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(every_seconds)
        finally:
            process.kill()
    return Used(process.wait(), time.monotonic() - began, peak, sum(cpu.values()))


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants; those that end meanwhile may be missing."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    left = [pid]
    while left:
        one = left.pop()
        left += children.get(one, [])
        yield one


def pss_bytes(pid: int) -> int:
    """The process's memory, each shared page divided by how many have it; 0 where it has ended, or is another user's.

    >>> pss_bytes(os.getpid()) > 1_000_000
    True
    """
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1_024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _cpu(pid: int) -> tuple[tuple[int, str], float]:
    """Processor time of a process, under its number and its start, as numbers come again."""
    fields = _stat(pid)
    return ((pid, fields[19]), (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND) if fields else ((pid, ""), 0.0)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the name, which may hold anything: state, parent ...; empty where it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
