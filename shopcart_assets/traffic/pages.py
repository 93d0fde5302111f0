"""Finds the bytes of the pages that events name, in the drops' pages.parquet files. Nothing is parsed here."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.drops import DropError

FORMATS = ("raw", "context")


def find_pages(page_ids: pl.Series, files: Iterable[Path]) -> pl.DataFrame:
    """The table traffic.pages for these ids: each page once, from the first file that has its bytes.

    A row without bytes says that they were delivered with another day. A page that no file has is left out. Raises DropError.
    """
    schema = table("traffic.pages").schema()
    found, missing = [pl.DataFrame(schema=schema)], page_ids.drop_nulls().unique()
    for file in files:
        if missing.is_empty():
            break
        pages = _scan(file, missing)
        found.append(pages)
        missing = missing.filter(~missing.is_in(pages["page_id"].implode()))
    return pl.concat(found).sort("page_id")


def _scan(file: Path, page_ids: pl.Series) -> pl.DataFrame:
    schema = table("traffic.pages").schema()
    try:
        pages = pl.scan_parquet(file)
        if "format" not in pages.collect_schema():
            pages = pages.with_columns(format=pl.lit("raw"))
        wanted = pages.filter(pl.col("page_id").is_in(page_ids.implode()) & pl.col("html").is_not_null())
        found = (
            wanted.with_columns(pl.col("format").fill_null("raw"))
            .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
            .unique("page_id", keep="first")
            .collect()
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        expected = ", ".join(f"{name} {dtype}" for name, dtype in schema.items())
        raise DropError(
            f"{file} cannot be read as pages ({type(error).__name__}): deliver it again with columns {expected}"
        ) from None
    if unknown := sorted(set(found["format"]) - set(FORMATS)):
        raise DropError(f"{file} has pages of the format {unknown[0]!r}: known are {' and '.join(FORMATS)}")
    return found
