"""Finds the bytes of the pages that events name, in the drops' pages.parquet files. Nothing is parsed here."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.spool import Spool

FORMATS = ("raw", "context")


def find_pages(page_ids: pl.Series, files: Iterable[Path], scratch: Path) -> Spool:
    """The table traffic.pages for these ids: each page once, from the first file that has its bytes, in the order of the files.

    A row without bytes says that they were delivered with another day. A page that no file has is left out. Raises DropError.
    """
    spool, missing = Spool(scratch, table("traffic.pages").schema()), page_ids.drop_nulls().unique()
    for file in files:
        if missing.is_empty():
            break
        missing = _take(file, missing, spool)
    return spool


def _take(file: Path, missing: pl.Series, spool: Spool) -> pl.Series:
    """Adds to the spool what the file has of the pages that are missing; returns those that still are."""
    schema = table("traffic.pages").schema()
    try:
        delivered = pl.scan_parquet(file)
        said = pl.col("format") if "format" in delivered.collect_schema() else pl.lit(None, pl.String())
        delivered = delivered.with_columns(format=said.fill_null("raw"))
        pages = delivered.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        # First which, then their bytes: so no more than a few pages are in memory at once.
        there = pages.with_row_index().filter(pl.col("page_id").is_in(missing.implode()) & pl.col("html").is_not_null())
        found = (
            there.select("index", "page_id", "format").unique("page_id", keep="first", maintain_order=True).collect()
        )
        if unknown := sorted(set(found["format"]) - set(FORMATS)):
            raise DropError(f"{file} has pages of the format {unknown[0]!r}: known are {' and '.join(FORMATS)}")
        if not found.is_empty():
            wanted = pages.with_row_index().filter(pl.col("index").is_in(found["index"].implode()))
            spool.add(wanted.drop("index"))
    except (OSError, pl.exceptions.PolarsError) as error:
        expected = ", ".join(f"{name} {dtype}" for name, dtype in schema.items() if name != "format")
        raise DropError(
            f"{file} cannot be read as pages ({type(error).__name__}): deliver it again with columns {expected}"
        ) from None
    return missing.filter(~missing.is_in(found["page_id"].implode()))
