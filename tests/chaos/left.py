"""What a run has left behind: the bytes of every object of a lake, and the rows that SQL shows of every table."""

import hashlib
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse

_FORECAST = ("n_requests", "n_reused", "input_tokens", "output_tokens", "low_usd", "expected_usd", "worst_usd")
MEASURED = {
    "training.checkpoints": ("train_seconds", "peak_memory_bytes"),
    "training.steps": ("tokens_per_second", "step_seconds", "mfu", "peak_memory_bytes", "seconds_left"),
    "reasoning.cost_preflight": (*_FORECAST, "n_measured"),
    "reasoning.responses": ("is_reused",),
}
"""Columns that say how the run went, and what was left for it to do, not what it made: they are left out, and the rest of their tables compared by value."""


def warehouse(home: Path) -> Warehouse:
    """The lake of a home."""
    lake = home / "lake"
    return Warehouse(open_lake(str(lake), home / "uploads"), lake / "warehouse.duckdb")


def digests(home: Path) -> dict[str, str]:
    """A hash for each object of the lake, the file of views left out."""
    lake = home / "lake"
    keys = [key for key in warehouse(home).lake.keys("") if key != "warehouse.duckdb"]
    return {key: hashlib.sha256(_made(lake / key, key)).hexdigest() for key in keys}


def _made(path: Path, key: str) -> bytes:
    measured = MEASURED.get(".".join(key.split("/")[:2]))
    return pl.read_parquet(path).drop(measured).write_json().encode() if measured else path.read_bytes()


def shown(home: Path) -> dict[str, int]:
    """How many rows SQL shows of each table."""
    tables = [name for name, table in TABLES.items() if not table.is_view]
    counts = " union all ".join(f"select '{name}' as name, count(*) as n from {name}" for name in tables)
    return dict(warehouse(home).views.query(counts).rows())


def others(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The objects that are in one only, or differ."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
