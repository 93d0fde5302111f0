"""A small sample drop, made once, and drops of a test's own rows."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pytest

from shopcart_assets.platform.profiles import ShopConfig
from shopcart_assets.traffic.sample_shop.drop import write_drop

CONFIG = ShopConfig(n_users=24, n_sessions=52, first_day=dt.date(2026, 9, 1), n_days=2, n_results=3, seed=11)


@pytest.fixture(scope="session")
def config() -> ShopConfig:
    return CONFIG


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop's drop of two days: read only."""
    return write_drop(CONFIG, tmp_path_factory.mktemp("drops") / "sample")


class MakeDrop(Protocol):
    """Writes a drop with the given rows (dicts, or lines as they are) for each day, and returns its folder."""

    def __call__(self, days: Mapping[str, Sequence[Any]], *, consent: str = ..., name: str = ...) -> Path: ...


EVERYBODY = "user_id,status,effective_at,source\n" + "".join(
    f"{user},granted,2026-01-01T00:00:00Z,test\n" for user in "abc"
)


@pytest.fixture
def make_drop(tmp_path: Path) -> MakeDrop:
    def make(days: Mapping[str, Sequence[Any]], *, consent: str = EVERYBODY, name: str = "drop") -> Path:
        drop = tmp_path / name
        for day, rows in days.items():
            (drop / day).mkdir(parents=True)
            lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
            (drop / day / "events.jsonl").write_text("\n".join(lines), "utf-8")
        (drop / "consent.csv").write_text(consent)
        return drop

    return make


def event(event_id: str, timestamp: str, event_type: str = "click", user_id: str = "a", **more: Any) -> dict[str, Any]:
    """An event of the contract."""
    return {
        "event_id": event_id,
        "user_id": user_id,
        "timestamp": timestamp,
        "event_type": event_type,
        "url": "https://shop.example/",
    } | more


def fates(intake: pl.DataFrame) -> dict[str, int]:
    """traffic.intake as a dict."""
    return dict(intake.select("fate", "n_events").iter_rows())
