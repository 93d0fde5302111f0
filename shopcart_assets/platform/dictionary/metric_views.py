"""Views of the evaluation stage: metrics of each policy. Their text is in `sql/evaluation/`; here are their columns."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table
from shopcart_assets.platform.dictionary.metrics import (
    FIGURES,
    N_CASES,
    N_EXACT,
    OUTCOMES,
    POLICY,
    SITE,
    count,
    key,
    share,
)

_HUMAN_TYPE = key("human_type", "what the person did: click, type_and_submit or terminate")
_SLICE = (
    N_CASES,
    N_EXACT,
    share("accuracy", "share that is exact"),
    share("target_accuracy", "share whose type and target are right"),
    share("type_accuracy", "share whose type is right"),
)


def _pct(name: str, description: str) -> Column:
    return Column(name, pl.Float64(), f"{description}, percent")


TABLES = (
    Table(
        "evaluation.accuracy",
        "One row for each policy: exact-match accuracy with an interval clustered by user.",
        (
            POLICY,
            Column("kind", pl.String(), "ceiling, baseline, prompted or fine_tuned; null where nothing declares it"),
            share("macro_accuracy", "mean over sessions of the session's accuracy (paper 4.2)"),
            share("micro_accuracy", "share of all cases that are exact"),
            N_CASES,
            count("n_sessions", "test sessions"),
            count("n_users", "test users"),
            Column(
                "low",
                pl.Float64(),
                "lower end of the 95 % interval of macro_accuracy (t, clustered by user); null below 2 users",
            ),
            Column("high", pl.Float64(), "upper end; null below 2 users"),
            share("coverage", "share of the test cases that the policy answered"),
            share(
                "non_final_accuracy", "share exact of the cases that are not their session's last; null where none is"
            ),
            share("type_accuracy", "share of cases whose action type is right"),
            share("target_accuracy", "share of cases whose type and target are right"),
            share("folded_accuracy", "share of cases that are exact after NFKC, case folding and trimming"),
            count("n_seeds", "policies that differ from this one by their seed alone, itself among them"),
            Column(
                "seed_low", pl.Float64(), "lowest macro_accuracy among those; the interval says nothing about training"
            ),
            Column("seed_high", pl.Float64(), "highest macro_accuracy among those"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.accuracy_by_step",
        "One row for each policy, step and type of the person's action: where a policy is right.",
        (POLICY, Column("step", pl.Int64(), "position, from 2", is_key=True), _HUMAN_TYPE, *_SLICE),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.accuracy_by_human_type",
        "One row for each policy and type of the person's action: is it right where people search, click or leave.",
        (POLICY, _HUMAN_TYPE, *_SLICE),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.accuracy_by_site",
        "One row for each policy and site: is it right in this shop.",
        (POLICY, SITE, *_SLICE),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.outcomes",
        "One row for each policy: session outcome as a 2x2 and a 2x4 table, positive = purchase (paper 4.2).",
        (
            POLICY,
            count("tp", "bought, predicted a purchase"),
            count("fp", "did not buy, predicted a purchase"),
            count("fn", "bought, predicted anything else"),
            count("tn", "did not buy, predicted anything else"),
            share("f1", "F1 of the positive class; null where nobody bought and nobody was predicted to"),
            Column(
                "low",
                pl.Float64(),
                "lower end of the 95 % interval of f1 (Wilson on tp/(tp+fp+fn), sessions independent)",
            ),
            Column("high", pl.Float64(), "upper end"),
            share("share_neither", "share of final steps predicted as neither purchase nor terminate"),
            Column("bootstrap_low", pl.Float64(), "lower end of the 95 % interval of f1, users drawn with replacement"),
            Column("bootstrap_high", pl.Float64(), "upper end"),
            *OUTCOMES,
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.opera_outcomes",
        "One row for each policy: F1 of how sessions end by both definitions in use, the ShopCART paper's and OPeRA's own.",
        (
            POLICY,
            count("n_purchase", "sessions that ended with a purchase"),
            count("n_terminate", "sessions that ended without one"),
            share("binary_f1", "F1 of the class purchase alone; null where nobody bought and nobody was predicted to"),
            share("terminate_f1", "F1 of the class terminate alone; null likewise"),
            share("weighted_f1", "both F1, each weighted by how many sessions ended so: OPeRA's own definition"),
            share("macro_f1", "both F1, weighted equally"),
            share("accuracy", "share of the sessions whose end is predicted"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.pass_at_k",
        "One row for each policy that drew several answers to each case, and each k: how often one of k answers is right.",
        (
            POLICY,
            Column("k", pl.Int64(), "answers that may be tried: 1, 3 or 5", is_key=True),
            share("pass_at_k", "mean over sessions of the chance that one of k answers to a case is exact"),
            share("share_legal", "of the answers, those that are legal on their page"),
            share(
                "share_distinct", "of the answers to a case, those that differ: where all are alike, more cannot help"
            ),
            N_CASES,
            count("n_sessions", "test sessions"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.errors",
        "One row for each policy and kind of verdict: how often it happened, three ways.",
        (
            POLICY,
            key("error", "correct, illegal, or what is wrong"),
            count("n_cases", "cases"),
            share("share_of_cases", "of all cases; adds up to 1"),
            share("share_of_errors", "of the legal wrong ones (the paper's figure 3); null for correct and illegal"),
            share("weighted_share", "of the sessions, a case counted as 1 / cases of its session; adds up to 1"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.mix",
        "One row for each policy, people among them as `human`, and category: what is done how often (the paper's figure 2).",
        (
            POLICY,
            key("category", "search, purchase, product, filter, page, other, terminate or illegal"),
            count("n_cases", "cases in which it was done"),
            share("share", "share of the cases"),
            Column("low", pl.Float64(), "lower end of the share's 95 % interval (t, clustered by user)"),
            Column("high", pl.Float64(), "upper end"),
            Column("per_session", pl.Float64(), "cases in which it was done, a session"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.transitions",
        "One row for each policy, category of the person's action before, and category: what follows what.",
        (
            POLICY,
            key("previous_category", "what the person did before"),
            key("category", "what is done then"),
            count("n_predicted", "cases in which the policy predicted it"),
            count("n_human", "cases in which the person did it"),
            share("share", "of the policy's predictions after that action"),
            share("human_share", "of the people's actions after that action"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.divergence",
        "One row for each policy and kind of divergence: how far what it does is from what people do, on the same cases.",
        (
            POLICY,
            key("given", "nothing (the mix of actions), previous_category (transitions) or step"),
            Column("js_bits", pl.Float64(), "Jensen-Shannon divergence in bits: 0 = the same, 1 = nothing in common"),
            Column(
                "human_js_bits", pl.Float64(), "the same between two random halves of the users: nobody is below it"
            ),
            Column("human_js_bits_p95", pl.Float64(), "95 % of such halves are below this"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
    Table(
        "evaluation.leaderboard",
        "One row for each policy that was evaluated, best first, in percent.",
        (
            Column("place", pl.Int64(), "1 = the highest macro accuracy"),
            POLICY,
            Column("kind", pl.String(), "ceiling, baseline, prompted or fine_tuned; null where nothing declares it"),
            _pct("macro_accuracy_pct", "mean over sessions of the session's accuracy"),
            _pct("low_pct", "lower end of its 95 % interval, clustered by user"),
            _pct("high_pct", "upper end"),
            _pct("micro_accuracy_pct", "share of all cases that are exact"),
            _pct("non_final_pct", "the same without the last case of each session"),
            _pct("illegal_pct", "answers that are no legal action"),
            _pct("session_f1_pct", "F1 of purchase at the end of sessions"),
            _pct("f1_low_pct", "lower end of its 95 % interval (Wilson)"),
            _pct("f1_high_pct", "upper end"),
            N_CASES,
            count("n_sessions", "test sessions"),
            count("n_users", "test users"),
            _pct("coverage_pct", "test cases that the policy answered"),
            Column("js_bits", pl.Float64(), "divergence of its mix of actions from people's, 0 to 1"),
            count("n_seeds", "policies that differ from this one by their seed alone, itself among them"),
            _pct("seed_low_pct", "lowest macro accuracy among those; null where there is one"),
            _pct("seed_high_pct", "highest macro accuracy among those; null where there is one"),
        ),
        no_person=FIGURES,
        is_view=True,
    ),
)
