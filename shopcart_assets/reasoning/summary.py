"""The rationales of a run in a few numbers and a few examples. No Dagster: the asset shows what is computed here."""

import polars as pl

SAMPLE_ROWS = 5


def facts(rationales: pl.DataFrame) -> dict[str, int | float]:
    """Counts by what happened; `cost_usd` is what this run paid: answers from the ledger cost nothing again.

    A cost that nobody knows (somebody's own server) is left out of the sum and counted in n_unknown_cost.
    """
    bought = rationales.filter(~pl.col("is_reused")).unique("request_key")
    kinds = rationales["defect"].drop_nulls().value_counts().sort("defect")
    return {
        "n_rationales": rationales.height,
        "n_reused": int(rationales["is_reused"].sum()),
        "n_bought": bought.height,
        "cost_usd": float(bought["cost_usd"].sum()),
        "n_unknown_cost": bought["cost_usd"].null_count(),
        "output_tokens": int(bought["output_tokens"].sum()),
        "n_defective": int(kinds["count"].sum()),
        **{f"n_{kind}": count for kind, count in kinds.iter_rows()},
    }


def sample(rationales: pl.DataFrame) -> str:
    """A few rationales, a line each, as plain untrusted text: the caller escapes it."""
    rows = rationales.head(SAMPLE_ROWS).select("step", "rationale", "defect").iter_rows()
    return "\n".join(
        f"step {step}: {rationale or '(nothing usable)'}{f' [{defect}]' if defect else ''}"
        for step, rationale, defect in rows
    )
