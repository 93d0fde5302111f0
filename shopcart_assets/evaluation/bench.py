"""How long the views of evaluation take at the size of a whole study. Figures, no verdicts.

Verdicts and likelihoods are made up (`bench_data`) and lie in a scratch lake. Sums and resampled numbers are made of them by the same code as
any lake's.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import duckdb

from shopcart_assets.evaluation import likelihood_sums
from shopcart_assets.evaluation.bench_data import Size, fill
from shopcart_assets.evaluation.bootstrap import f1_intervals
from shopcart_assets.evaluation.human_floor import human_floor
from shopcart_assets.evaluation.sums import add_up, with_categories
from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.view_text import SQL_FOLDER
from shopcart_assets.platform.warehouse import Warehouse

N_ROUNDS = 5

_T = TypeVar("_T")


@dataclass(frozen=True)
class Report:
    """`seconds` of each view: the first time that it is asked and the median of N_ROUNDS times. Processor threads: `n_threads`."""

    size: Size
    n_verdicts: int
    n_threads: int
    seconds: dict[str, tuple[float, float]]
    sums_seconds: float
    likelihood_sums_seconds: float
    bootstrap_seconds: float
    floor_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench views --json` prints it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As `shopcart bench views` prints it: the slowest view first."""
        slowest = sorted(self.seconds.items(), key=lambda item: -item[1][0])
        return [
            f"{self.n_verdicts:,} verdicts: {self.size.n_cases:,} cases in {self.size.n_sessions:,} sessions of "
            f"{self.size.n_users:,} users, {self.size.n_policies} policies, {self.size.n_scored} of them scored; "
            f"{self.n_threads} threads",
            f"added up in {self.sums_seconds} s, likelihoods in {self.likelihood_sums_seconds} s, F1 bootstrapped in "
            f"{self.bootstrap_seconds} s, human floor in {self.floor_seconds} s",
            *(f"{first:8.3f} s at first, {later:.3f} s later  {view}" for view, (first, later) in slowest),
        ]


def bench(size: Size = Size(), *, n_threads: int = 2, seed: int = 0, count: Count = uncounted) -> Report:  # noqa: B008
    """Fills a scratch lake and times each view of `sql/evaluation/`."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(open_lake(str(Path(folder) / "lake"), Path(folder)), Path(folder) / "warehouse.duckdb")
        fill(warehouse, size, seed, count)
        sums_seconds, total = _timed(lambda: add_up(warehouse, count))
        warehouse.write("evaluation.user_scores", total.user_scores)
        warehouse.write("evaluation.case_counts", total.case_counts)
        likelihood_seconds, of_likelihoods = _timed(lambda: likelihood_sums.add_up(warehouse, count))
        for name, rows in of_likelihoods.items():
            warehouse.write(name, rows)
        bootstrap_seconds, intervals = _timed(lambda: f1_intervals(total.user_scores, count=count))
        warehouse.write("evaluation.bootstrap", intervals)
        floor_seconds, floor = _timed(lambda: human_floor(with_categories(warehouse.read("dataset.cases"))))
        warehouse.write("evaluation.human_floor", floor)
        seconds = _views(warehouse, n_threads, count)
    return Report(
        size,
        n_verdicts=size.n_cases * size.n_policies,
        n_threads=n_threads,
        seconds=seconds,
        sums_seconds=sums_seconds,
        likelihood_sums_seconds=likelihood_seconds,
        bootstrap_seconds=bootstrap_seconds,
        floor_seconds=floor_seconds,
    )


def _views(warehouse: Warehouse, n_threads: int, count: Count) -> dict[str, tuple[float, float]]:
    warehouse.views.refresh()
    names = sorted(f"evaluation.{file.stem}" for file in (SQL_FOLDER / "evaluation").glob("*.sql"))
    found = {}
    advance = count(len(names) * (N_ROUNDS + 1), "queries")
    for name in names:
        with warehouse.views.connect() as connection:  # a new one: nothing is warm but the machine's own cache
            connection.execute(f"set threads = {n_threads}")
            ask, times = partial(_ask, connection, name), []
            for _ in range(N_ROUNDS + 1):
                times.append(_timed(ask)[0])
                advance(1)
        found[name] = (times[0], round(median(times[1:]), 3))
    return found


def _ask(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return connection.sql(f"from {name}").fetchall()


def _timed(step: Callable[[], _T]) -> tuple[float, _T]:
    began = time.perf_counter()
    result = step()
    return round(time.perf_counter() - began, 3), result
