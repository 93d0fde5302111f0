"""Figure 3: what each policy gets right and every way in which it is wrong. Weighted as accuracy is, so that a line adds up to 100 %."""

from collections.abc import Mapping, Sequence

import polars as pl

from shopcart_assets.platform.drawing.colours import Look
from shopcart_assets.platform.drawing.multiples import Column, Line, multiples
from shopcart_assets.platform.drawing.svg import Figure

TITLE = "What is right, and what is wrong how often"
ERRORS: Mapping[str, tuple[str, ...]] = {
    "correct": ("exactly", "right"),
    "didnt_terminate": ("did not", "leave"),
    "didnt_click": ("did not", "click"),
    "didnt_search": ("did not", "search"),
    "clicked_wrong_button": ("wrong", "element"),
    "searched_wrong_keyword": ("wrong", "keyword"),
    "illegal": ("illegal", "answer"),
}
"""The verdicts in the order of the columns, and what stands above them; every case has one."""
_SUM = ("all that is", "wrong")


def errors_figure(errors: pl.DataFrame, order: Sequence[str], look: Mapping[str, Look]) -> Figure:
    """The policies of evaluation.errors in this order. A case counts as 1 / cases of its session, so `correct` is macro accuracy."""
    shares = weighted(errors)
    lines = [
        Line(
            policy,
            look[policy],
            [*(shares[policy].get(error, 0.0) for error in ERRORS), 100 - shares[policy].get("correct", 0.0)],
        )
        for policy in order
        if policy in shares
    ]
    columns = [Column(title, 100.0, digits=1) for title in (*ERRORS.values(), _SUM)]
    height, body = multiples(columns, lines, "% of cases, mean over sessions")
    return Figure(TITLE, told(shares, [line.name for line in lines]), height, body)


def weighted(errors: pl.DataFrame) -> dict[str, dict[str, float]]:
    """For each policy the percentage of each verdict that it has; they add up to 100."""
    found: dict[str, dict[str, float]] = {}
    for policy, error, share in errors.select("policy", "error", "weighted_share").iter_rows():
        found.setdefault(policy, {})[error] = 100 * share
    return found


def told(shares: Mapping[str, Mapping[str, float]], order: Sequence[str]) -> str:
    """What is to be seen: how the last policy in line goes wrong, in numbers that add up, and the commonest error of all."""
    if not order:
        return "No policy has been evaluated yet."
    best = order[-1]
    wrong = sorted(_errors(shares[best]).items(), key=lambda one: (-one[1], one[0]))
    parts = " + ".join(f"{share:.1f} ({' '.join(ERRORS[error])})" for error, share in wrong if share) or "0"
    right = shares[best].get("correct", 0.0)
    sentences = [f"{best} is right in {right:.1f} % and wrong in {100 - right:.1f} % = {parts}."]
    commonest = [
        max(_errors(one), key=lambda error: (one.get(error, 0.0), error)) for one in map(shares.__getitem__, order)
    ]
    most = max(sorted(set(commonest)), key=commonest.count)
    sentences.append(
        f"The commonest error of {commonest.count(most)} of {len(shares)} policies: {' '.join(ERRORS[most])}."
    )
    return " ".join(sentences)


def _errors(shares: Mapping[str, float]) -> dict[str, float]:
    return {error: shares.get(error, 0.0) for error in ERRORS if error != "correct"}
