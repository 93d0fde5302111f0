"""The names on the pages of test cases, from the lake. What a name may be used for is in `legality`."""

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse

_TABLE = "context.elements"


def names_of(warehouse: Warehouse, cases: pl.DataFrame) -> pl.DataFrame:
    """The rows of context.elements, with their day, for the pages of `cases` (dataset.cases).

    Days have names by the hundred thousand, and most are on pages of train sessions: those are never all in memory.
    """
    asked = cases.select("day", "page_id").drop_nulls().unique()
    pages = {str(day): rows["page_id"].sort() for (day,), rows in asked.group_by("day")}
    found = [table(_TABLE).empty().with_columns(day=pl.lit(None, pl.String()))]
    for key in warehouse.partitions(_TABLE):
        if key["day"] in pages:
            found.append(warehouse.read_where(_TABLE, pl.col("page_id").is_in(pages[key["day"]].implode()), **key))
    return pl.concat(found)
