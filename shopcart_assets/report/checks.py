"""Checks of the report stage."""

import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check

_HALF_A_DIGIT = 0.005 + 1e-9
PRINTED_ROWS = {1: 23, 2: 7, 4: 28}
"""Rows of each of the paper's tables."""


def as_printed(published: pl.DataFrame) -> list[str]:
    """Each of the paper's rows stands here once; a model that was fine-tuned once without and once with reasoning."""
    tables = {number: published.filter(pl.col("paper_table") == number) for number in PRINTED_ROWS}
    distinct = {number: rows.unique(["group", "model", "reasoning"]).height for number, rows in tables.items()}
    return [
        f"table {number}: {rows.height} rows, {distinct[number]} distinct, {PRINTED_ROWS[number]} printed"
        for number, rows in tables.items()
        if not rows.height == distinct[number] == PRINTED_ROWS[number]
    ]


def as_computed(deltas: pl.DataFrame) -> list[str]:
    """The differences that the paper prints are those of the numbers that it prints, rounded to two places."""
    names = [name.removeprefix("printed_") for name in deltas.columns if name.startswith("printed_")]
    return [
        f"{row['source']}, {row['model']} {row['arm']}: {name} is {row[name]:.4f}, printed {row['printed_' + name]}"
        for row in deltas.to_dicts()
        for name in names
        if row["printed_" + name] is not None and abs(row[name] - row["printed_" + name]) > _HALF_A_DIGIT
    ]


CHECKS = [
    sentence_check("report.published", "as_printed", "Each row of the paper's tables stands here once.", as_printed),
    schema_check("report.deltas"),
    schema_check("report.cost"),
    sentence_check("report.deltas", "as_computed", "The paper's differences are those of its numbers.", as_computed),
]
