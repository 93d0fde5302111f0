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
            Column(
                "recipe",
                pl.String(),
                "equal where fine-tuned policies differ by the seed of their training alone; null for what is not a declared "
                "experiment's own policy",
            ),
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
    Table(
        "evaluation.comparisons",
        "One row for each declared pair of policies over the cases that both answered.",
        (
            POLICY,
            Column("rival", pl.String(), "the policy that it is compared with", is_key=True),
            Column("family", pl.String(), "the declared family inside which p_holm is adjusted", is_key=True),
            Column("cluster_unit", pl.String(), "what counts as independent: user"),
            Column("n_users", pl.Int64(), "users of the cases that both answered"),
            Column("n_sessions", pl.Int64(), "sessions of them"),
            Column("n_cases", pl.Int64(), "cases that both answered"),
            Column("coverage", pl.Float64(), "share of the test cases that both answered, 0 to 1"),
            Column("delta_points", pl.Float64(), "macro accuracy of policy minus rival, percentage points"),
            Column(
                "low_points", pl.Float64(), "lower end of its 95 % interval (t, clustered by user); null below 2 users"
            ),
            Column("high_points", pl.Float64(), "upper end"),
            Column(
                "mde_points",
                pl.Float64(),
                "smallest true difference that a test set of this size and standard error finds with 80 % power at 5 %, unadjusted; "
                "null below 2 users and where all differences are equal",
            ),
            Column(
                "p_sign_flip",
                pl.Float64(),
                "sign-flip permutation over users of summed session differences: the sound one",
            ),
            Column(
                "p_sign_flip_least",
                pl.Float64(),
                "the smallest that it can be with so many users: below 6 users, above 0.05 whatever the difference",
            ),
            Column("p_holm", pl.Float64(), "p_sign_flip after Holm's adjustment inside the family"),
            Column(
                "chi2_durkalski",
                pl.Float64(),
                "Durkalski's cluster-weighted chi-square of the macro difference, by user, 1 degree of freedom; null where "
                "nothing differs",
            ),
            Column("p_durkalski", pl.Float64(), "its p-value; asymptotic: below 30 users read p_sign_flip"),
            Column(
                "p_durkalski_session",
                pl.Float64(),
                "the same with sessions as clusters: holds for these users only, and rejects too often for others",
            ),
            Column("only_policy", pl.Int64(), "cases that only the policy has right"),
            Column("only_rival", pl.Int64(), "cases that only the rival has right"),
            Column(
                "p_mcnemar_exact",
                pl.Float64(),
                "exact McNemar over pooled cases: the paper's test, which ignores clustering and weighs cases, not sessions",
            ),
            Column("p_mcnemar_midp", pl.Float64(), "its mid-p form; ignores clustering too"),
            Column("p_mcnemar_asymptotic", pl.Float64(), "its chi-square form; ignores clustering too"),
            Column(
                "p_obuchowski", pl.Float64(), "McNemar made sound: Obuchowski's test of the micro difference, by user"
            ),
        ),
        no_person="figures over all users",
    ),
    Table(
        "evaluation.arms",
        "One row for each base model and arm of training, over its seeds: the spread, and the difference from the arm with one thing less.",
        (
            Column("base_model", pl.String(), "model that was fine-tuned", is_key=True),
            Column("arm", pl.String(), "prompted, action_only, reasoning, think or no_think", is_key=True),
            Column("n_seeds", pl.Int64(), "seeds that were trained and judged"),
            Column("macro_accuracy", pl.Float64(), "mean over seeds of evaluation.accuracy's, 0 to 1"),
            Column("macro_accuracy_sd", pl.Float64(), "its standard deviation over seeds; null for one seed"),
            Column("macro_accuracy_min", pl.Float64(), "lowest seed"),
            Column("macro_accuracy_max", pl.Float64(), "highest seed"),
            Column("rival_arm", pl.String(), "the arm that it is compared with; null where that was not judged"),
            Column(
                "n_seeds_compared",
                pl.Int64(),
                "seeds that both arms have; a prompted rival has none and meets each of the arm's",
            ),
            Column("n_users", pl.Int64(), "users of the cases that all of these answered"),
            Column(
                "delta_points",
                pl.Float64(),
                "macro accuracy of arm minus rival arm, mean over seeds, percentage points",
            ),
            Column(
                "delta_sd_points", pl.Float64(), "standard deviation of the difference over seeds; null for one seed"
            ),
            Column(
                "low_points",
                pl.Float64(),
                "lower end of its 95 % interval (t, clustered by user): over users, for these trained models; seeds are in "
                "delta_sd_points",
            ),
            Column("high_points", pl.Float64(), "upper end"),
            Column(
                "p_sign_flip", pl.Float64(), "sign-flip permutation over users of the differences averaged over seeds"
            ),
            Column(
                "p_holm", pl.Float64(), "p_sign_flip after Holm's adjustment over base models, for arm and rival arm"
            ),
            Column("is_claim", pl.Boolean(), "whether at least 3 seeds were compared"),
            Column("claim", pl.String(), "what may be said, in a sentence"),
        ),
        no_person="figures over all users",
    ),
)
