"""What the numbers say, in words, and no more than they say. Pure functions from tables to sentences."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from shopcart_assets.evaluation.words import call as call
from shopcart_assets.evaluation.words import p_value as p_value
from shopcart_assets.report.table_1 import Row

FEW_USERS = 30

# Which kind of policy a report is about, where there is one: the last of these that was evaluated.
_SUBJECTS = ("baseline", "prompted", "fine_tuned")


def subject(rows: list[Row]) -> Row | None:
    """The policy that the headline is about: the most accurate of the furthest kind; None where nothing was evaluated."""
    for kind in reversed(_SUBJECTS):
        if candidates := [row for row in rows if row.kind == kind]:
            return max(candidates, key=lambda row: row.accuracy.value)
    return None


def headline(rows: list[Row], comparisons: pl.DataFrame) -> str:
    """One paragraph: how good the best model is, whether it beats its strongest declared rival, and the best constant."""
    best = subject(rows)
    if best is None:
        return "No policy has been evaluated yet."
    size = f"{best.n_cases:,} test cases in {best.n_sessions:,} sessions of {best.n_users:,} users"
    sentences = [f"{best.label} predicts {best.accuracy.value:.1f} % of a session's actions exactly ({size})."]
    accuracy = {row.label: row.accuracy.value for row in rows}
    rivals = comparisons.filter(pl.col("policy") == best.label, pl.col("rival").is_in(list(accuracy)))
    if rivals.is_empty():
        sentences.append("It was compared with no other policy, so nothing is said about whether it is better.")
    else:
        sentences.append(
            verdict(max(rivals.iter_rows(named=True), key=lambda row: (accuracy[row["rival"]], row["rival"])))
        )
    return " ".join([*sentences, *_beside_baselines(best, rows)])


def verdict(comparison: Mapping[str, Any]) -> str:
    """One comparison as a sentence that says whether the two can be told apart.

    >>> row = {"policy": "a", "rival": "b", "delta_points": 1.25, "low_points": -2.0, "high_points": 4.5, "n_cases": 90, "p_holm": 0.4}
    >>> verdict(row)
    'Against b it is 1.2 points higher (95 % interval -2.0 to 4.5, p = 0.40, 90 cases): not distinguishable.'
    """
    delta, low, high, p = (comparison[name] for name in ("delta_points", "low_points", "high_points", "p_holm"))
    interval = "no interval" if low is None or high is None else f"95 % interval {low:.1f} to {high:.1f}"
    facts = f"{interval}, {p_value(p)}, {comparison['n_cases']:,} cases"
    size = f"{abs(delta):.1f} points {'higher' if delta >= 0 else 'lower'}"
    return f"Against {comparison['rival']} it is {size} ({facts}): {call(p)}."


def _beside_baselines(best: Row, rows: list[Row]) -> list[str]:
    baselines = [row for row in rows if row.kind == "baseline" and row.label != best.label]
    if not baselines:
        return []
    simple = max(baselines, key=lambda row: row.accuracy.value)
    where = "above" if best.accuracy.value > simple.accuracy.value else "not above"
    return [f"That is {where} the best simple policy, {simple.label}, at {simple.accuracy.value:.1f} %."]


def searches(mix: pl.DataFrame, policy: str) -> str:
    """How often people and this policy search and filter in a session, beside what the paper says (4.4); empty without cases.

    Cases begin with the second action: the search that each session begins with is everybody's, and added.
    """
    times = {(row["policy"], row["category"]): row["per_session"] for row in mix.iter_rows(named=True)}
    if ("human", "search") not in times:
        return ""
    told = [
        f"{name} {1 + times.get((one, 'search'), 0.0):.2f} times and filter {times.get((one, 'filter'), 0.0):.2f} times"
        for one, name in (("human", "People search"), (policy, f"{policy} would search"))
        if any(key[0] == one for key in times)
    ]
    return f"{'; '.join(told)} a session (the paper's shoppers: 2.82 searches, over seven times as often as filters)."


def caveats(rows: list[Row], *, is_simulated: bool) -> list[str]:
    """What a reader has to know before they quote a number; only what applies to these numbers."""
    users = max((row.n_users or 0 for row in rows), default=0)
    partial = [row.label for row in rows if row.coverage < 1]
    found = [
        "The paper's rows were measured on other shoppers, pages and test cases; they stand here to be looked at, not to be "
        "subtracted from.",
        "Accuracy is the mean over sessions of each session's share of exact matches (paper, section 4.2). It rewards a "
        "policy that ends short sessions: read it beside the constant policies.",
        "Intervals are clustered by user; p-values are sign-flip tests over users, adjusted by Holm inside each declared family.",
        "An answer that is not a legal action counts as wrong. It is never repaired.",
    ]
    if rows and users < FEW_USERS:
        found.append(f"Only {users} test users: intervals are wide and the test can hardly tell policies apart.")
    if partial:
        found.append(f"Not all cases were answered by {', '.join(partial)}: their numbers are of the cases that were.")
    if is_simulated:
        found.append("The shoppers are simulated. Nothing here says how well a model predicts people.")
    return found
