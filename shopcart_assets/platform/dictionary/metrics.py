"""Tables of the evaluation stage that metrics are made of: sums over verdicts, and what SQL cannot compute.

The views of both are in `metric_views`.
"""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

POLICY = Column("policy", pl.String(), "what predicted", is_key=True)
FIGURES = "figures over all users"
_CATEGORIES = ("search", "purchase", "product", "filter", "page", "other", "terminate")
CALLS = ("purchase", "terminate", "other", "illegal")


def count(name: str, description: str) -> Column:
    """A column that counts."""
    return Column(name, pl.Int64(), description)


def share(name: str, description: str) -> Column:
    """A column of shares, 0 to 1."""
    return Column(name, pl.Float64(), f"{description}, 0 to 1")


def key(name: str, description: str) -> Column:
    """A column of names that tells rows apart."""
    return Column(name, pl.String(), description, is_key=True)


N_CASES, N_EXACT = count("n_cases", "test cases that were answered"), count("n_exact", "of them exact")
SITE = key("site", "host of the page without www; unknown where the page has no address")
OUTCOMES = (
    *(count(f"n_bought_{one}", f"sessions that ended with a purchase, predicted {one}") for one in CALLS),
    *(count(f"n_left_{one}", f"sessions that ended without a purchase, predicted {one}") for one in CALLS),
)


TABLES = (
    Table(
        "evaluation.policies",
        "One row for each policy that is known: declared, a finished checkpoint, or found on a server's list.",
        (
            POLICY,
            Column("kind", pl.String(), "ceiling, baseline, prompted or fine_tuned"),
            Column("model", pl.String(), "base model, a server's model id, or experiment; null for a baseline"),
            Column(
                "base_model", pl.String(), "the model itself, or what the experiment fine-tuned; null for a baseline"
            ),
            Column("arm", pl.String(), "prompted, action_only, reasoning or think; null for a baseline"),
            Column("generator", pl.String(), "whose rationales its history has; null where none"),
            Column("is_thinking", pl.Boolean(), "whether a checkpoint of the arm think thinks before it acts"),
            Column("seed", pl.Int64(), "seed of the policy's own randomness or of its training"),
        ),
        no_person="models, not people",
    ),
    Table(
        "evaluation.student_t",
        "One row for each number of degrees of freedom: the quantile of Student's t that a 95 % interval needs.",
        (
            Column("df", pl.Int64(), "degrees of freedom, 1 to 10,000; above, the last one is used", is_key=True),
            Column("t_975", pl.Float64(), "97.5 % quantile"),
        ),
        no_person="a constant table",
    ),
    Table(
        "evaluation.user_scores",
        "One row for each policy and test user: sums over the user's cases, which metrics and their intervals are made of.",
        (
            POLICY,
            Column("user_id", pl.String(), "opaque id of the person", is_key=True),
            count("n_sessions", "sessions"),
            Column("accuracy_sum", pl.Float64(), "sum over the sessions of the session's accuracy"),
            N_CASES,
            N_EXACT,
            count("n_type", "cases whose action type is right"),
            count("n_target", "cases whose type and target are right"),
            count("n_folded", "cases that are exact after NFKC, case folding and trimming"),
            count("n_non_final", "cases that are not the last of their session"),
            count("n_non_final_exact", "of them exact"),
            *OUTCOMES,
            *(count(f"n_human_{one}", f"cases in which the person did: {one}") for one in _CATEGORIES),
            *(
                count(f"n_predicted_{one}", f"cases in which the policy predicted: {one}")
                for one in (*_CATEGORIES, "illegal")
            ),
        ),
    ),
    Table(
        "evaluation.case_counts",
        "One row for each policy and kind of case: how many there are, and how many of them are right.",
        (
            POLICY,
            Column("step", pl.Int64(), "position of the action in its session, from 2", is_key=True),
            SITE,
            key("previous_category", "category of the person's action before"),
            key("human_category", "category of the person's action"),
            key("predicted_category", "category of the prediction, or illegal"),
            key("error", "correct, illegal, or what is wrong"),
            N_CASES,
            count("n_type", "of them with the right type"),
            count("n_target", "of them with the right type and target"),
            Column("weight", pl.Float64(), "sum of 1 / cases of the session"),
        ),
        no_person=FIGURES,
    ),
    Table(
        "evaluation.bootstrap",
        "One row for each policy and metric that has no formula for its interval: whole users drawn again and again.",
        (
            POLICY,
            key("metric", "f1"),
            Column("low", pl.Float64(), "lower end of the 95 % percentile interval; null where no draw defines it"),
            Column("high", pl.Float64(), "upper end"),
            count("draws", "draws"),
            Column("seed", pl.Int64(), "seed of the draws"),
        ),
        no_person=FIGURES,
    ),
    Table(
        "evaluation.human_floor",
        "One row for each kind of divergence: how far people are from people, between two random halves of the test users.",
        (
            key("given", "nothing (the mix of actions), previous_category (transitions) or step"),
            Column("js_bits", pl.Float64(), "Jensen-Shannon divergence of the halves in bits, mean over the splits"),
            Column("js_bits_p95", pl.Float64(), "its 95 % quantile over the splits"),
            count("n_splits", "random splits of the users into two halves"),
            count("n_users", "test users"),
        ),
        no_person=FIGURES,
    ),
)
