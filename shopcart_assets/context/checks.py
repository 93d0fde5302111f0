"""What must hold for contexts and actions: names are unique and known, targets are found, nothing vanishes."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from shopcart_assets.context import summary
from shopcart_assets.platform.checks import schema_check, sentence_check

RESOLVED_ERROR = 0.90
RESOLVED_WARN = 0.99


def _most_targets_resolved(actions: pl.DataFrame) -> Sequence[str]:
    return summary.resolution_problems(actions, RESOLVED_ERROR)


def _nearly_all_targets_resolved(actions: pl.DataFrame) -> Sequence[str]:
    return summary.resolution_problems(actions, RESOLVED_WARN)


CHECKS: list[dg.AssetChecksDefinition] = [
    # The keys of context.elements are (day, page_id, name): its schema check is the proof that names are unique on their page.
    *(
        schema_check(f"context.{name}")
        for name in ("contexts", "elements", "quarantine", "recipe_hits", "actions", "optimal")
    ),
    sentence_check(
        "context.contexts",
        "pages_are_accounted_for",
        "Each scrubbed page has a context or a reason in context.quarantine.",
        summary.unaccounted_pages,
        also=["context.quarantine", "privacy.pages"],
        without=["html"],
        each_key=True,
    ),
    sentence_check(
        "context.quarantine",
        "pages_have_contexts",
        "Each scrubbed page has a context.",
        summary.quarantined_pages,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        "context.recipe_hits",
        "recipes_still_hit",
        "Each selector that must hit hits something on the day's pages of its recipe and kind.",
        summary.rotten_selectors,
        blocking=False,
    ),
    sentence_check(
        "context.actions",
        "names_are_on_the_page",
        "Each resolved name is one of its page's names.",
        summary.unknown_names,
        also=["context.elements"],
        each_key=True,
    ),
    sentence_check(
        "context.actions",
        "events_become_actions",
        "Each session of privacy.events has actions, numbered 1, 2, ...",
        summary.unaccounted_events,
        also=["privacy.events"],
        each_key=True,
    ),
    sentence_check(
        "context.actions",
        "every_session_ends_with_a_purchase_or_a_termination",
        "Every admitted session ends with a purchase or a termination, and nothing comes after it.",
        summary.open_ends,
    ),
    sentence_check(
        "context.actions",
        "targets_are_resolved",
        "At least 90 % of the targets on recorded pages have a name.",
        _most_targets_resolved,
    ),
    sentence_check(
        "context.actions",
        "nearly_all_targets_are_resolved",
        "At least 99 % of the targets on recorded pages have a name.",
        _nearly_all_targets_resolved,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
