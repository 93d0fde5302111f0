"""What has become of requests, as rows of a table: answered, under way, or failed. Frames and answers in, rows and figures out."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from shopcart_assets.platform.llm.ledger import Answer

ANSWERED, UNDER_WAY, FAILED = "answered", "under_way", "failed:"
"""The values of the column `state`; what failed says for what reason, in a word."""


def outcome(
    key: str, answers: Mapping[str, Answer], failed: Mapping[str, str], pending: Collection[str]
) -> dict[str, Any] | None:
    """The columns of an answer (dictionary `answered`) for the request with this key; None where it was never sent."""
    if answer := answers.get(key):
        return _answered(answer)
    if reason := failed.get(key):
        return {"state": FAILED + reason, "is_reused": False}
    return {"state": UNDER_WAY, "is_reused": False} if key in pending else None


def _answered(answer: Answer) -> dict[str, Any]:
    response = answer.response
    cached, written = response.cached_input_tokens, response.written_input_tokens
    return {
        "state": ANSWERED,
        "stop_reason": response.stop_reason,
        "input_tokens": response.input_tokens + cached + written,
        "cached_input_tokens": cached,
        "output_tokens": response.output_tokens,
        "cost_usd": response.cost_usd,
        "route": response.route,
        "model": response.model,
        "request_id": response.request_id,
        "is_reused": answer.is_reused,
    }


def facts(responses: pl.DataFrame) -> dict[str, int | float]:
    """What was asked and what it cost; `cost_usd` is what this run paid: answers from the ledger cost nothing again.

    A cost that nobody knows (somebody's own server) is left out of the sum and counted in n_unknown_cost.
    """
    answered = responses.filter(pl.col("state") == ANSWERED)
    bought = answered.filter(~pl.col("is_reused")).unique("request_key")
    return {
        "n_answers": answered.height,
        "n_reused": int(answered["is_reused"].sum()),
        "n_bought": bought.height,
        "n_under_way": responses.filter(pl.col("state") == UNDER_WAY).height,
        "n_failed": responses.filter(pl.col("state").str.starts_with(FAILED)).height,
        "cost_usd": float(bought["cost_usd"].sum()),
        "n_unknown_cost": bought["cost_usd"].null_count(),
        "input_tokens": int(bought["input_tokens"].sum()),
        "cached_input_tokens": int(bought["cached_input_tokens"].sum()),
        "output_tokens": int(bought["output_tokens"].sum()),
    }
