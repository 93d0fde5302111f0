"""Checks of the report stage."""

import polars as pl

from shopcart_assets.platform.checks import sentence_check

PRINTED_ROWS = 23


def as_printed(published: pl.DataFrame) -> list[str]:
    """The paper prints 23 rows; a model stands there once without and once with reasoning where it was fine-tuned."""
    distinct = published.unique(["group", "model", "reasoning"]).height
    return (
        []
        if published.height == distinct == PRINTED_ROWS
        else [f"{published.height} rows, {distinct} distinct, {PRINTED_ROWS} printed"]
    )


CHECKS = [
    sentence_check("report.published", "as_printed", "Each row of the paper's Table 1 stands here once.", as_printed)
]
