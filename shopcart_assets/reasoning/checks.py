"""Checks of the reasoning stage; what they check is in `audit`."""

import dagster as dg
import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.reasoning import audit

_TABLE = "reasoning.rationales"


def _look_ahead(requests: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame) -> list[str]:
    return audit.look_ahead(requests, actions, contexts, load_settings().profile.generator)


CHECKS = [
    *(schema_check(f"reasoning.{name}") for name in ("requests", "responses", "rationales", "quarantine")),
    sentence_check(
        _TABLE,
        "one_for_each_action",
        "Each action has exactly one rationale, or one final place in quarantine.",
        audit.unaccounted,
        also=["reasoning.quarantine", "context.actions"],
    ),
    sentence_check(
        "reasoning.requests",
        "no_look_ahead",
        "No request for one action knows the future: with every later step removed, the same request is made.",
        _look_ahead,
        also=["context.actions", "context.contexts"],
    ),
    sentence_check(
        _TABLE,
        "few_defective",
        f"At most {audit.MOST_DEFECTIVE:.0%} of the rationales have a defect.",
        audit.defective,
        also=["reasoning.quarantine"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
