"""How long each stage takes at several sizes of a made-up log, and how it grows. Every stage that asks no model. Figures, no verdicts.

Each size has a home of its own (drop, lake, state), and each stage a process of its own. What was measured is kept there: a bench
that was ended and started again goes on behind the last stage that was whole.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.bench_stage import STAGES
from shopcart_assets.platform.count import Advance, Count, uncounted
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.process_tree import run
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.sample_shop import at_size
from shopcart_assets.traffic.sample_shop.size import Size

SHARES = (100, 10, 1)
"""The sizes that are measured: one hundredth, one tenth, the whole."""

_ALL = "all stages"
_COLUMNS = "{:>8} {:<10} {:>9} {:>9} {:>12} {:>10} {:>9} {:>8} {:>8} {:>10} {:>6}".format
HEADER = _COLUMNS(
    "sessions", "stage", "seconds", "CPU s", "rows", "rows/s", "page MB/s", "peak MB", "lake MB", "ms/action", "growth"
)


class StageFailed(RuntimeError):
    """A stage ended with an error; the message names its log."""


@dataclass(frozen=True)
class Measured:
    """One stage at one size. `rows` and `lake_bytes`: what it put into the lake; `page_bytes`: of the log's different pages.

    `growth`: time per action, relative to the size before; None at the first. `peak_bytes` of all processes (PSS).
    """

    sessions: int
    actions: int
    page_bytes: int
    stage: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    rows: int
    lake_bytes: int
    growth: float | None = None

    @property
    def per_action_ms(self) -> float:
        """Milliseconds for each action of the log."""
        return 1e3 * self.seconds / self.actions

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench pipeline --json` prints it."""
        return {
            **asdict(self),
            "per_action_ms": round(self.per_action_ms, 4),
            "rows_per_s": round(self.rows / self.seconds, 1),
            "page_mb_per_s": round(self.page_bytes / 1e6 / self.seconds, 3),
        }

    def line(self) -> str:
        """As `shopcart bench pipeline` prints it."""
        return _COLUMNS(
            f"{self.sessions:,}",
            self.stage,
            f"{self.seconds:,.1f}",
            f"{self.cpu_seconds:,.1f}",
            f"{self.rows:,}",
            f"{self.rows / self.seconds:,.0f}",
            f"{self.page_bytes / 1e6 / self.seconds:,.1f}",
            f"{self.peak_bytes / 1e6:,.0f}",
            f"{self.lake_bytes / 1e6:,.0f}",
            f"{self.per_action_ms:.3f}",
            "" if self.growth is None else f"{self.growth:.2f}",
        )


def bench(size: Size, home: Path, say: Callable[[str], None], count: Count = uncounted) -> list[Measured]:
    """Measures each stage at each of SHARES of the size, smallest first, and all stages together. Raises StageFailed, DropError."""
    sizes = [replace(size, n_sessions=n) for n in sorted({max(1, size.n_sessions // share) for share in SHARES})]
    homes = {one: home.absolute() / _name(one) for one in sizes}
    # Sessions, not stages: a stage takes about as long as it has sessions, and the last size has nine tenths of all.
    to_do = [one.n_sessions for one in sizes for stage in STAGES if not _kept(homes[one], stage).exists()]
    advance = count(sum(to_do), "sessions through a stage")
    return list(with_growth([one for part in sizes for one in _of_size(part, homes[part], say, count, advance)]))


def _name(size: Size) -> str:
    """The home of a size: a number for people, and all that decides what is in it."""
    return f"{size.n_sessions}-{hashlib.sha256(repr(size).encode()).hexdigest()[:8]}"


def _of_size(size: Size, home: Path, say: Callable[[str], None], count: Count, advance: Advance) -> Iterator[Measured]:
    home.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    facts = at_size.ensure(size, home / "drop", count)
    drops.register(home / "state", home / "drop")
    say(f"{size.n_sessions:,} sessions: the drop was there or written in {time.monotonic() - began:,.0f} s; {home}")
    stages = []
    advance(0)  # it is told again
    for stage in STAGES:
        n_new = 0 if _kept(home, stage).exists() else size.n_sessions
        stages.append(_measured(stage, facts, home, say))
        advance(n_new)
    yield from stages
    yield replace(
        stages[0],
        stage=_ALL,
        peak_bytes=max(one.peak_bytes for one in stages),
        **{
            name: sum(getattr(one, name) for one in stages) for name in ("seconds", "cpu_seconds", "rows", "lake_bytes")
        },
    )


def _kept(home: Path, stage: str) -> Path:
    """Where a stage's figures are kept."""
    return home / "measured" / f"{stage}.json"


def _measured(stage: str, facts: at_size.Facts, home: Path, say: Callable[[str], None]) -> Measured:
    """The stage's figures: those that are kept, or those of running it now."""
    kept = _kept(home, stage)
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        figures = _run(stage, home)
        scratch = kept.with_suffix(".new")
        scratch.write_text(json.dumps(figures, indent=1))
        scratch.replace(kept)
    one = Measured(
        facts.counts.n_sessions, facts.counts.n_actions, facts.page_bytes, stage, **json.loads(kept.read_text())
    )
    say(one.line())
    return one


def _run(stage: str, home: Path) -> dict[str, float]:
    """Runs the stage in a process of its own, in an environment of its own."""
    before, log, seconds = _lake(home), home / "measured" / f"{stage}.log", home / "measured" / f"{stage}.seconds"
    variables = {
        "SHOPCART_LAKE": home / "lake",
        "SHOPCART_STATE": home / "state",
        "SHOPCART_PROFILE": "paper",
        "SHOPCART_SECRET": "of a benchmark",
        "PYTHONPATH": Path(__file__).parents[1],
    }
    environment = ["env", "-u", "DAGSTER_HOME", *(f"{name}={value}" for name, value in variables.items())]
    used = run([*environment, sys.executable, "-m", "shopcart_assets.bench_stage", stage, str(seconds)], home, log)
    if used.exit_code:
        last = ([line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()] or ["no word"])[
            -1
        ]
        raise StageFailed(f"{stage} ended with code {used.exit_code}: {last} (log: {log})")
    after = _lake(home)
    return {
        "seconds": round(float(seconds.read_text()), 3),
        "cpu_seconds": round(used.cpu_seconds, 2),
        "peak_bytes": used.peak_bytes,
        "rows": after[0] - before[0],
        "lake_bytes": after[1] - before[1],
    }


def _lake(home: Path) -> tuple[int, int]:
    """Rows and bytes of all tables."""
    lake = open_lake(str(home / "lake"), home)
    files = [home / "lake" / key for key in lake.keys("") if key.endswith(".parquet")]
    rows = (pl.scan_parquet(file).select(pl.len()).collect().item() for file in files)
    return sum(map(int, rows)), sum(file.stat().st_size for file in files)


def with_growth(measured: Sequence[Measured]) -> Iterator[Measured]:
    """Each with its time per action relative to the same stage at the size before."""
    before: dict[str, float] = {}
    for one in measured:
        earlier = before.get(one.stage)
        yield replace(one, growth=None if earlier is None else round(one.per_action_ms / earlier, 3))
        before[one.stage] = one.per_action_ms
