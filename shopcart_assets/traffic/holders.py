"""Which files of the registered drops still hold a user. Reads only: a drop is its owner's, and lies outside the lake."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from shopcart_assets.traffic import drops as files
from shopcart_assets.traffic.bounds import TooLong
from shopcart_assets.traffic.consent_files import read_file
from shopcart_assets.traffic.delivered import CLAIMED_USER, Delivered, delivered


def holding(drops: Sequence[Path], user_id: str, page_ids: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each file with rows of the user, or with pages that only the user saw, and how many. Raises DropError."""
    for drop in drops:
        if file := files.consent_file(drop):
            yield f"{drop.name}/{file.name}", read_file(file).filter(user_id=user_id).height
        for day in files.days(drop):
            for events in files.event_files([drop], day):
                yield events.name, sum(_claims(row, user_id) for _, row in delivered(events))
            if (pages := drop / day / files.PAGES_FILE).is_file():
                there = pl.scan_parquet(pages).filter(pl.col("page_id").is_in(page_ids))
                yield f"{drop.name}/{day}/{files.PAGES_FILE}", int(there.select(pl.len()).collect().item())


def _claims(row: Delivered, user_id: str) -> bool:
    """Whether the row says that it is the user's; torn lines too."""
    if isinstance(row, dict):
        return bool(row.get("user_id") == user_id)
    text = row.ends if isinstance(row, TooLong) else row
    claimed = CLAIMED_USER.search(text if isinstance(text, str) else text.decode(errors="replace"))
    return claimed is not None and claimed.group(1) in (user_id, json.dumps(user_id)[1:-1])
