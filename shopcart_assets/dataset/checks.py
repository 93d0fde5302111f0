"""What must hold for the benchmark: no user on both sides, no session lost, no case missing."""

import dagster as dg
import polars as pl

from shopcart_assets.dataset.conversation import left_out, untold
from shopcart_assets.dataset.splits import users_on_both_sides
from shopcart_assets.platform.checks import schema_check, sentence_check


def _users_are_disjoint(splits: pl.DataFrame) -> list[str]:
    both = users_on_both_sides(splits)
    return [f"{len(both)} users are in train and in test"] if both else []


def _sessions_add_up(splits: pl.DataFrame, refused: pl.DataFrame, actions: pl.DataFrame) -> list[str]:
    known, arrived = splits.height + refused.height, actions["session_id"].n_unique()
    return [] if known == arrived else [f"{splits.height} split + {refused.height} refused, of {arrived} sessions"]


def _cases_add_up(cases: pl.DataFrame, splits: pl.DataFrame) -> list[str]:
    test = splits.filter(pl.col("split") == "test")
    expected = test["n_steps"].sum() - test.height
    return [] if cases.height == expected else [f"{cases.height} cases, not {expected}"]


def _is_told_whole(told: pl.DataFrame, splits: pl.DataFrame) -> list[str]:
    missing, (n_untold, n_steps) = left_out(splits, told), untold(told)
    sentences = {
        f"{len(missing)} of {splits.height} sessions are left out": len(missing),
        f"{n_untold} of {n_steps} actions are told without a rationale: theirs were rejected, or nobody said why": n_untold,
    }
    return [sentence for sentence, count in sentences.items() if count]


CHECKS: list[dg.AssetChecksDefinition] = [
    *(
        schema_check(f"dataset.{name}")
        for name in ("refused", "splits", "cases", "conversations_action_only", "conversations_reasoning")
    ),
    sentence_check("dataset.splits", "users_are_disjoint", "No user is in train and in test.", _users_are_disjoint),
    sentence_check(
        "dataset.splits",
        "sessions_add_up",
        "Each session of context.actions is split or refused.",
        _sessions_add_up,
        also=["dataset.refused", "context.actions"],
        each_key=True,
    ),
    sentence_check(
        "dataset.cases",
        "cases_add_up",
        "Cases = actions of test sessions - test sessions.",
        _cases_add_up,
        also=["dataset.splits"],
    ),
    sentence_check(
        "dataset.conversations_reasoning",
        "every_session_is_told_whole",
        "Each session is told, and each action of a train session with its rationale: those without are counted here.",
        _is_told_whole,
        also=["dataset.splits"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
