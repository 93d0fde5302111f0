"""The paper's Tables 1, 2 and 4 as data: facts printed there, copied into `published.csv`. Nothing is computed from them."""

from importlib import resources

import polars as pl

from shopcart_assets.platform.dictionary import table


def published() -> pl.DataFrame:
    """The rows of report.published, in the paper's order (percent, as printed)."""
    text = resources.files("shopcart_assets.report").joinpath("published.csv").read_bytes()
    frame = pl.read_csv(text, schema_overrides={"reasoning": pl.String})
    return table("report.published").conform(frame.with_columns(pl.col("reasoning") == "yes"))
