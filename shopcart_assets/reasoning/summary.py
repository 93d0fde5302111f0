"""The rationales of a run in a few numbers and a few examples. No Dagster: the asset shows what is computed here."""

import polars as pl

from shopcart_assets.platform.generator import GeneratorConfig

SAMPLE_ROWS = 5


def planned(requests: pl.DataFrame) -> dict[str, int | float]:
    """How much is to be asked, retries aside. Tokens are estimated."""
    tokens = requests["input_tokens"]
    return {
        "n_requests": requests.height,
        "n_sessions": requests["session_id"].n_unique(),
        "input_tokens": int(tokens.sum()),
        "input_tokens_p50": float(tokens.median() or 0.0),  # type: ignore[arg-type]
        "input_tokens_p95": float(tokens.quantile(0.95) or 0.0),
    }


def verdicts(
    rationales: pl.DataFrame, quarantine: pl.DataFrame, n_actions: int, generator: GeneratorConfig
) -> dict[str, int | float]:
    """How many actions have a valid rationale, how many a retry mended, how many are lost, by their last defect, or still wait.

    People, who are not asked, are silent on the rest.
    """
    lost = quarantine.filter("is_final")
    n_judged = rationales.height + lost.height
    kinds = lost["defect"].value_counts().sort("defect")
    return {
        "n_rationales": rationales.height,
        "n_mended": rationales.filter(pl.col("sample_index") > 0).height,
        "n_quarantined": lost.height,
        "n_silent" if generator.kind == "human" else "n_waiting": n_actions - n_judged,
        "share_valid": rationales.height / n_judged if n_judged else 1.0,
        **{f"n_{kind}": count for kind, count in kinds.iter_rows()},
    }


def sample(rationales: pl.DataFrame) -> str:
    """A few rationales, a line each, as plain untrusted text: the caller escapes it."""
    rows = rationales.head(SAMPLE_ROWS).select("step", "rationale").iter_rows()
    return "\n".join(f"step {step}: {rationale}" for step, rationale in rows)
