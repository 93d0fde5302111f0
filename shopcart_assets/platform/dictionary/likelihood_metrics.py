"""Tables and views of the evaluation stage that tell how likely policies hold what people did. Likelihoods themselves: `evaluation`."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table
from shopcart_assets.platform.dictionary.metrics import FIGURES, POLICY, count, key, share

_EVENT = key("event", "terminate or purchase")
_SCORED = count("n_cases", "test cases that were scored")
_SESSIONS = count("n_sessions", "sessions with a scored case")


def _sum(name: str, description: str) -> Column:
    return Column(name, pl.Float64(), description)


TABLES = (
    Table(
        "evaluation.rank_sums",
        "One row for each policy that was scored: sums over its cases, which evaluation.ranking is made of.",
        (
            POLICY,
            _SESSIONS,
            _SCORED,
            count("n_final", "of them the last of their session"),
            count("n_ranked", "cases whose human action is a candidate"),
            *(
                count(f"n_hit_{k}", f"cases whose human action is among the {k} likeliest candidates")
                for k in (1, 3, 5)
            ),
            _sum("reciprocal_rank_sum", "sum of 1 / rank of the human action, 0 where it has none"),
            _sum("nats_sum", "sum of -log probabilities of the human actions, nats"),
            _sum("session_nats_sum", "sum over the sessions of the session's mean of them, nats"),
            count("n_candidates", "legal actions that were scored, over all cases"),
        ),
        no_person=FIGURES,
    ),
    Table(
        "evaluation.chance_cells",
        "One row for each policy, event and chance that was given to it, to 1/32 of its log-odds: how often, and what came true.",
        (
            POLICY,
            _EVENT,
            Column("cell", pl.Int64(), "32 x log-odds of the chance, rounded down", is_key=True),
            count("n_cases", "scored test cases that were given such a chance"),
            count("n_so", "of them those in which the event happened"),
            _sum("chance_sum", "sum of the chances"),
            _sum("squared_error_sum", "sum of (chance - 1 or 0)^2, 1 where the event happened"),
            _sum("log_loss_nats_sum", "sum of -log of the chance of what happened, kept 1e-15 away from 0; nats"),
        ),
        no_person=FIGURES,
    ),
    Table(
        "evaluation.purchase_thresholds",
        "One row for each policy and chance of a purchase that it gave to the final step of a session that ended with one.",
        (
            POLICY,
            Column("p_purchase", pl.Float64(), "the chance, 0 to 1", is_key=True),
            count("n_sessions", "sessions whose final step was given this very chance"),
            count("n_bought", "of them those that ended with a purchase, at least 1"),
            count("n_sessions_above", "sessions whose final step was given a higher chance"),
            count("n_bought_above", "of them those that ended with a purchase"),
        ),
        no_person=FIGURES,
    ),
    Table(
        "evaluation.ranking",
        "One row for each policy that was scored: where it puts the person's action among all that the page offers.",
        (
            POLICY,
            *(share(f"hit_{k}", f"cases with the human action among the {k} likeliest candidates") for k in (1, 3, 5)),
            share("mrr", "mean of 1 / rank of the human action, 0 where it has none"),
            _sum("macro_nats_per_action", "mean over sessions of the session's mean -log probability, nats"),
            _sum("micro_nats_per_action", "mean -log probability of the human action as JSON, nats"),
            share("share_ranked", "cases whose human action is a candidate"),
            share("share_scored", "test cases that were scored"),
            _sum("candidates_per_case", "legal actions that were scored, a case"),
            _SCORED,
            _SESSIONS,
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.calibration",
        "One row for each policy, event and bin of chances: do they come true.",
        (
            POLICY,
            _EVENT,
            Column(
                "bin", pl.Int64(), "1 to 10, by chance; equal ones share a bin, so some may be missing", is_key=True
            ),
            share("predicted", "mean chance"),
            share("observed", "cases in which the event happened"),
            count("n_cases", "scored test cases of the bin"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.calibration_scores",
        "One row for each policy and event: how good its chances are.",
        (
            POLICY,
            _EVENT,
            share("base_rate", "scored cases in which the event happened"),
            share("brier", "mean squared error of the chance"),
            _sum("brier_skill", "1 - brier / that of always saying base_rate; null where base_rate is 0 or 1"),
            _sum("log_loss_nats", "mean -log of the chance of what happened, nats"),
            _sum("log_loss_skill", "1 - log loss / that of always saying base_rate; null where base_rate is 0 or 1"),
            share("final_rate", "sessions that ended with a purchase; null for terminate"),
            share("average_precision", "of p_purchase at final steps; null for terminate and where nobody bought"),
            share("auroc", "the same; null for terminate, and where all or none bought"),
            _SCORED,
            count("n_sessions", "sessions whose final step was scored; null for terminate"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
)
