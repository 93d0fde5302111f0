"""Checks of the reasoning stage; what they check is in `audit`."""

import dagster as dg
import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.reasoning import audit, buying, lookahead, preflight

_TABLE = "reasoning.rationales"


def _over_budget(costs: pl.DataFrame) -> list[str]:
    settings = load_settings()

    def budget(name: str) -> LakeBudget:
        return buying.budget_of(settings.warehouse(), settings, settings.profile.generator(name))

    return preflight.over_budget(costs, budget)


def _bill_differs(responses: pl.DataFrame, costs: pl.DataFrame) -> list[str]:
    return preflight.bill_differs(costs, responses)


def _unaccounted(
    rationales: pl.DataFrame,
    quarantine: pl.DataFrame,
    responses: pl.DataFrame,
    actions: pl.DataFrame,
    costs: pl.DataFrame,
) -> list[str]:
    # Each partition has its costs, even where it has no rationale.
    return audit.unaccounted(rationales, quarantine, responses, actions, set(costs["generator"]))


def _waiting(_rationales: pl.DataFrame, _quarantine: pl.DataFrame, responses: pl.DataFrame, *_: pl.DataFrame) -> str:
    return audit.waiting(responses)


def _look_ahead(requests: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame) -> list[str]:
    return audit.look_ahead(requests, actions, contexts, load_settings().profile.generator)


CHECKS = [
    *(
        schema_check(f"reasoning.{name}")
        for name in ("requests", "cost_preflight", "responses", "rationales", "quarantine")
    ),
    sentence_check(
        _TABLE,
        "each_action_has_one_rationale",
        "Each action has exactly one rationale, or one final place in quarantine, or waits for a batch that is under way. "
        "Of `human` an action has one at most.",
        _unaccounted,
        also=["reasoning.quarantine", "reasoning.responses", "context.actions", "reasoning.cost_preflight"],
        remark=_waiting,
    ),
    sentence_check(
        "reasoning.cost_preflight",
        "worst_case_fits_the_budget",
        "What costs money has a budget, and what is left of it is enough even if every answer is as long as it may be, twice.",
        _over_budget,
    ),
    sentence_check(
        "reasoning.responses",
        "bill_is_as_expected",
        f"Where all is answered, the bill is within {preflight.TOLERANCE:.0%} of what the preflight expected.",
        _bill_differs,
        also=["reasoning.cost_preflight"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        "reasoning.requests",
        "requests_do_not_look_ahead",
        "No request for one action knows the future: with every later step removed, the same request is made.",
        _look_ahead,
        also=["context.actions", "context.contexts"],
    ),
    sentence_check(
        _TABLE,
        "rationales_say_nothing_of_later",
        "No more rationales than chance gives say a word that their session saw only later. Whole journeys (per_session) show what comes.",
        lookahead.problems,
        also=["context.actions", "context.contexts"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        _TABLE,
        "few_rationales_are_defective",
        f"At most {audit.MOST_DEFECTIVE:.0%} of the rationales have a defect.",
        audit.defective,
        also=["reasoning.quarantine"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
