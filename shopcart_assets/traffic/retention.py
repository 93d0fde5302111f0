"""How long raw traffic is kept: deletes the partitions of raw tables that are older. What later stages made of them stays."""

import datetime as dt

from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.warehouse import Warehouse


def expired(warehouse: Warehouse, today: dt.date, keep_days: int | None) -> list[tuple[str, str]]:
    """Raw table and day of each partition that is more than `keep_days` days before `today`; none where it is None.

    A partition's age is that of its day, whenever it was written.
    """
    if keep_days is None:
        return []
    oldest = (today - dt.timedelta(days=keep_days)).isoformat()
    raw = [table.name for table in TABLES.values() if table.is_raw]
    return [(name, one["day"]) for name in raw for one in warehouse.partitions(name) if one["day"] < oldest]


def sweep(warehouse: Warehouse, today: dt.date, keep_days: int | None) -> list[tuple[str, str]]:
    """Deletes what is expired and returns it."""
    gone = expired(warehouse, today, keep_days)
    for name, day in gone:
        warehouse.delete(name, day=day)
    return gone
