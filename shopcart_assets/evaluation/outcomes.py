"""How each policy calls the end of a session: purchase or not (paper 4.2), as a 2x2 table with F1."""

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.stats import f1, f1_wilson


def outcomes(verdicts: pl.DataFrame) -> pl.DataFrame:
    """evaluation.outcomes over the final steps of `verdicts`, by policy.

    Positive is a purchase. Everything else that is predicted, an illegal answer too, is negative; `share_neither` says how
    often it was neither purchase nor terminate.
    """
    bought, called = pl.col("human_is_purchase"), pl.col("predicted_is_purchase")
    is_terminate = pl.col("predicted_action").str.json_path_match("$.type") == "terminate"
    counts = (
        verdicts.filter("is_final")
        .group_by("policy")
        .agg(
            (bought & called).sum().cast(pl.Int64).alias("tp"),
            (~bought & called).sum().cast(pl.Int64).alias("fp"),
            (bought & ~called).sum().cast(pl.Int64).alias("fn"),
            (~bought & ~called).sum().cast(pl.Int64).alias("tn"),
            (~called & ~is_terminate.fill_null(False)).mean().alias("share_neither"),
        )
        .sort("policy")
    )
    rows = [{**row, **_f1(row["tp"], row["fp"], row["fn"])} for row in counts.iter_rows(named=True)]
    return pl.DataFrame(rows, table("evaluation.outcomes").schema())


def _f1(tp: int, fp: int, fn: int) -> dict[str, float | None]:
    interval = f1_wilson(tp, fp, fn)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return {"f1": f1(tp, fp, fn), "low": low, "high": high}
