"""Erased people are known again by a keyed hash, and by nobody without the secret."""

import datetime as dt
from pathlib import Path

import pytest

from shopcart_assets.platform.tombstones import PREFIX, TombstoneError, Tombstones
from shopcart_assets.platform.warehouse import Warehouse

NOW = dt.datetime(2026, 10, 1, 12, 30, 0, 5, tzinfo=dt.UTC)


def test_an_erased_person_is_known_again_and_the_lake_does_not_know_the_name(warehouse: Warehouse) -> None:
    stones = Tombstones(warehouse.lake, b"secret")
    assert stones.all() == [] and stones.among(["ann"]) == {}
    stones.put("ann", NOW - dt.timedelta(days=3), None)
    stone = stones.put("ann", NOW, NOW - dt.timedelta(days=1))
    assert stones.all() == [stone] and stones.among(["bob", "ann"]) == {"ann": stone}
    assert stone.key == stones.key("ann") and stone.key.startswith(PREFIX)
    stored = [path for path in Path(warehouse.lake.url).rglob("*") if path.is_file()]
    assert len(stored) == 2 and not any(b"ann" in path.read_bytes() or "ann" in path.name for path in stored)


def test_under_another_secret_nobody_comes_back_unseen(warehouse: Warehouse) -> None:
    Tombstones(warehouse.lake, b"secret").put("ann", NOW, None)
    other = Tombstones(warehouse.lake, b"other")
    for call in (other.all, lambda: other.among(["ann"]), lambda: other.put("bob", NOW, None)):
        with pytest.raises(TombstoneError, match="under another SHOPCART_SECRET: set that one"):
            call()
