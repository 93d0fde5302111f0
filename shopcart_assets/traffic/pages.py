"""Finds the bytes of the pages that events name, in the drops' pages.parquet files. Nothing is parsed here."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.files import UNREADABLE
from shopcart_assets.traffic.bounds import check_parquet
from shopcart_assets.traffic.drops import DropError, require_version, version
from shopcart_assets.traffic.spool import Spool

FORMATS = ("raw", "context")


_SCHEMA = table("traffic.pages").schema()
_PAGES_AT_ONCE = 64
"""Rows of a file that are read together. Recorders write a day's pages as one row group, which would be the whole day in memory."""

MOST_PAGE_BYTES = 32 * 2**20
"""Of one page: twenty times what a shop's page has. A longer one counts as not delivered."""


def find_pages(page_ids: pl.Series, files: Iterable[Path], spool: Spool) -> None:
    """Adds the rows of traffic.pages for these ids: each page once, from the first file that has its bytes.

    A row without bytes says that they were delivered with another day. A page that no file has, or that is longer than
    MOST_PAGE_BYTES, is left out. Raises DropError.
    """
    missing = page_ids.drop_nulls().unique()
    for file in files:
        if missing.is_empty():
            break
        missing = _take(file, missing, spool)


def _take(file: Path, missing: pl.Series, spool: Spool) -> pl.Series:
    """Adds to the spool what the file has of the pages that are missing; returns those that still are."""
    known = version(file)
    try:
        pages = _scan(file)
        check_parquet(file)
        at = pages.select("page_id").with_row_index().filter(pl.col("page_id").is_in(missing.implode())).collect()
        for start in (at["index"] // _PAGES_AT_ONCE).unique().sort() * _PAGES_AT_ONCE:
            found = _some(pages.slice(start, _PAGES_AT_ONCE), missing, file)
            if not found.is_empty():
                spool.add(found)
                missing = missing.filter(~missing.is_in(found["page_id"].implode()))
    except DropError:
        require_version(file, known)
        raise
    except (OSError, *UNREADABLE) as error:
        require_version(file, known)
        expected = ", ".join(f"{name} {dtype}" for name, dtype in _SCHEMA.items() if name != "format")
        raise DropError(
            f"{file} cannot be read as pages ({type(error).__name__}): deliver it again with columns {expected}"
        ) from None
    require_version(file, known)
    return missing


def _scan(file: Path) -> pl.LazyFrame:
    delivered = pl.scan_parquet(file)
    said = pl.col("format") if "format" in delivered.collect_schema() else pl.lit(None, pl.String())
    delivered = delivered.with_columns(format=said.fill_null("raw"))
    return delivered.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())


def _some(pages: pl.LazyFrame, missing: pl.Series, file: Path) -> pl.DataFrame:
    """Of a few rows of the file those that are missing and have their bytes, each page once."""
    # No length is null's.
    is_wanted = pl.col("page_id").is_in(missing.implode()) & (pl.col("html").bin.size() <= MOST_PAGE_BYTES)
    found = pages.collect().filter(is_wanted).unique("page_id", keep="first", maintain_order=True)
    if unknown := sorted(set(found["format"]) - set(FORMATS)):
        raise DropError(f"{file} has pages of the format {unknown[0]!r}: known are {' and '.join(FORMATS)}")
    return found
