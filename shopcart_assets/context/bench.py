"""How long simplifying takes: against the bare parse of the same page, a DOM node, and on two processes. Figures, no verdicts.

Every page is measured in one process, its steps in turn, and the shortest CPU time of all rounds counts: other load on the
machine then falls on all of them alike.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from shopcart_assets.context.parse import PageError, parse
from shopcart_assets.context.simplify import simplify
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.measure import bare_parse, cpu_milliseconds, peak_bytes
from shopcart_assets.platform.pool import map_batches
from shopcart_assets.privacy.parsing import decode_bytes

LARGE_KILOBYTES = 200
TOKEN_BUDGET = 5_500
WARM_UP_SECONDS = 2.0  # until both processes have imported what they need
_MEGABYTE = 2**20
Task = tuple[float, tuple[Path, ...]]  # when to begin, and with which pages


class BenchError(ValueError):
    """There is nothing to measure."""


@dataclass(frozen=True)
class PageTimes:
    """One page. Times are CPU milliseconds, parsing included; ratios are to the bare parse; a node is an element."""

    page: str
    kilobytes: float
    n_nodes: int
    bare_ms: float
    simplify_ms: float
    pruned_ms: float
    ratio: float
    ratio_pruned: float
    microseconds_a_node: float


@dataclass(frozen=True)
class Report:
    """All pages, and what holds for them together. `unreadable` holds page -> reason."""

    pages: tuple[PageTimes, ...]
    unreadable: dict[str, str]
    peak_megabytes: float
    peak_x_largest_page: float
    speedup_of_two: float
    speedup_of_two_by_cpu: float

    def summary(self) -> dict[str, float | int | None]:
        """The figures that gates are about; a median over no large page is None."""
        large = [page for page in self.pages if page.kilobytes > LARGE_KILOBYTES]
        return {
            "n_pages": len(self.pages),
            "n_unreadable": len(self.unreadable),
            "n_large_pages": len(large),
            "ratio_p50_large": round(median(page.ratio for page in large), 2) if large else None,
            "ratio_pruned_p50_large": round(median(page.ratio_pruned for page in large), 2) if large else None,
            "ratio_max": max(page.ratio for page in self.pages),
            "ratio_pruned_max": max(page.ratio_pruned for page in self.pages),
            "microseconds_a_node_p50": round(median(page.microseconds_a_node for page in self.pages), 2),
            "microseconds_a_node_max": max(page.microseconds_a_node for page in self.pages),
            "pages_a_second": round(1_000 * len(self.pages) / sum(page.simplify_ms for page in self.pages), 1),
            "peak_megabytes": self.peak_megabytes,
            "peak_x_largest_page": self.peak_x_largest_page,
            "speedup_of_two_processes": self.speedup_of_two,
            "speedup_of_two_processes_by_cpu": self.speedup_of_two_by_cpu,
        }

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench context --json` prints it."""
        return {
            "summary": self.summary(),
            "pages": [asdict(page) for page in self.pages],
            "unreadable": self.unreadable,
        }

    def lines(self) -> list[str]:
        """As `shopcart bench context` prints it: a table, then one line that sums it up."""
        head = (
            f"{'KB':>6} {'nodes':>6} {'bare ms':>8} {'simplify':>8} {'x bare':>6} {'pruned x':>8} {'us/node':>7}  page"
        )
        rows = [
            f"{one.kilobytes:6.0f} {one.n_nodes:6} {one.bare_ms:8.2f} {one.simplify_ms:8.2f} {one.ratio:6.2f} "
            f"{one.ratio_pruned:8.2f} {one.microseconds_a_node:7.2f}  {one.page}"
            for one in self.pages
        ]
        refused = [f"{name}: {reason}" for name, reason in self.unreadable.items()]
        return [head, *rows, *refused, self._sentence()]

    def _sentence(self) -> str:
        told = self.summary()
        return (
            f"{told['n_pages']} pages, {told['pages_a_second']} a second: {told['ratio_p50_large']} x the bare parse (median of "
            f"{told['n_large_pages']} over {LARGE_KILOBYTES} KB; {told['ratio_pruned_p50_large']} x with pruning to {TOKEN_BUDGET:,} tokens), "
            f"at most {told['ratio_max']} x ({told['ratio_pruned_max']} x); at most {told['microseconds_a_node_max']} us a node; "
            f"peak memory +{self.peak_megabytes} MB ({self.peak_x_largest_page} x the largest page); two processes {self.speedup_of_two} x one "
            f"by the clock, {self.speedup_of_two_by_cpu} x by CPU time (the first is right on an idle machine only)"
        )


def bench_folder(folder: Path, n_rounds: int = 5, count: Count = uncounted) -> Report:
    """Measures all `.html` and `.htm` files of a folder. Raises BenchError where it has none that can be read."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".html", ".htm"))
    unreadable, readable = {}, []
    for file in files:
        try:
            parse(file.read_bytes())
            readable.append(file)
        except PageError as error:
            unreadable[file.name] = str(error)
    if not readable:
        raise BenchError(f"{folder}: no .html or .htm file that can be read; save some pages there")
    pages = tuple(_times(file, n_rounds) for file in each(readable, len(readable), "pages", count))
    peak, (by_clock, by_cpu) = _peak_bytes(readable), _speedups_of_two(readable, n_rounds, count)
    largest = max(file.stat().st_size for file in readable)
    return Report(
        pages, unreadable, round(peak / _MEGABYTE, 1), round(peak / largest, 1), round(by_clock, 2), round(by_cpu, 2)
    )


def _times(file: Path, n_rounds: int) -> PageTimes:
    html = file.read_bytes()
    text = decode_bytes(html)
    steps: tuple[Callable[[], object], ...] = (
        lambda: bare_parse(text),
        lambda: simplify(html, token_budget=0),
        lambda: simplify(html, token_budget=TOKEN_BUDGET),
    )
    rounds = [[cpu_milliseconds(step) for step in steps] for _ in range(n_rounds)]
    bare, whole, pruned = (min(times) for times in zip(*rounds, strict=True))
    n_nodes = sum(1 for _ in bare_parse(text).iter("*"))
    return PageTimes(
        page=file.name,
        kilobytes=round(len(html) / 1_024, 1),
        n_nodes=n_nodes,
        bare_ms=round(bare, 3),
        simplify_ms=round(whole, 3),
        pruned_ms=round(pruned, 3),
        ratio=round(whole / bare, 2),
        ratio_pruned=round(pruned / bare, 2),
        microseconds_a_node=round(1_000 * whole / n_nodes, 2),
    )


def _peak_bytes(files: Sequence[Path]) -> int:
    """How far the memory of a fresh process grows over the pages, smallest first."""
    by_size = sorted(files, key=lambda file: file.stat().st_size)
    # Two batches, because a single one is worked on in this process, whose peak lies behind it.
    return next(iter(map_batches(_growth, (by_size, []), n_workers=2)))


def _growth(files: Sequence[Path]) -> int:
    before = peak_bytes()
    for file in files:
        simplify(file.read_bytes(), token_budget=TOKEN_BUDGET)
    return peak_bytes() - before


def _speedups_of_two(files: Sequence[Path], n_rounds: int, count: Count) -> tuple[float, float]:
    """Pages a second of two processes at work at once, to those of one alone: by the clock, and by CPU time a page.

    Of all rounds the best, each of both. CPU time does not see what else the machine does, only how the two hinder each other.
    """
    rounds = each([1] * n_rounds + [2] * n_rounds, 2 * n_rounds, "rounds in two processes", count)
    measured = [_seconds(files, n_processes) for n_processes in rounds]
    alone, together = measured[:n_rounds], measured[n_rounds:]
    by_clock, by_cpu = (2 * min(one[i] for one in alone) / min(two[i] for two in together) for i in (0, 1))
    return by_clock, by_cpu


def _seconds(files: Sequence[Path], n_processes: int) -> tuple[float, float]:
    """From a moment at which all processes are up until the last one is through all the files; and its CPU time."""
    begin = time.monotonic() + WARM_UP_SECONDS
    busy: list[Task] = [(begin, tuple(files))] * n_processes
    idle: list[Task] = [(begin, ())] * (2 - n_processes)
    ends, spent = zip(*map_batches(_run, (*busy, *idle), n_workers=2), strict=True)
    return max(ends) - begin, max(spent)


def _run(task: Task) -> tuple[float, float]:
    """Works through the pages from the given moment on; returns the moment of the end, and the CPU seconds since."""
    begin, files = task
    time.sleep(max(0.0, begin - time.monotonic()))
    cpu = time.process_time()
    for file in files:
        simplify(file.read_bytes(), token_budget=0)
    return time.monotonic(), time.process_time() - cpu
