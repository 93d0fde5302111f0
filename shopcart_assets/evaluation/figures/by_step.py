"""Figure 4: accuracy by step, a panel a policy: of all cases, and of those at which people went on. Few sessions reach late steps."""

from collections.abc import Mapping, Sequence

import polars as pl

from shopcart_assets.platform.drawing.colours import Look
from shopcart_assets.platform.drawing.panels import Axes, Panel, panels
from shopcart_assets.platform.drawing.svg import Figure

TITLE = "Accuracy by step"
FEW_CASES = 10
"""Steps with fewer cases are one point, with all later ones, at the right."""
_MOST_TICKS = 8


def by_step_figure(by_step: pl.DataFrame, order: Sequence[str], look: Mapping[str, Look]) -> Figure:
    """The policies of evaluation.accuracy_by_step in this order, late steps pooled alike for all. Grey bars: how many cases."""
    last = last_step(by_step)
    counted = pooled(by_step, last)
    steps = sorted(counted["step"].unique().to_list())
    most = max(counted["n_cases"].to_list(), default=1)
    drawn = []
    for policy in order:
        rows = counted.filter(policy=policy)
        if rows.height:
            line = [(float(step), 100 * share) for step, share in rows.select("step", "accuracy").iter_rows()]
            went_on = [
                (float(step), 100 * share) for step, share in rows.select("step", "went_on").drop_nulls().iter_rows()
            ]
            bars = [(float(step), n / most) for step, n in rows.select("step", "n_cases").iter_rows()]
            drawn.append(Panel(policy, look[policy], line, dashed=went_on, bars=bars))
    is_pooled = bool(by_step["step"].max() != last) if by_step.height else False
    every = max(1, -(-len(steps) // _MOST_TICKS))
    ticks = [
        (float(step), f"{step}+" if is_pooled and step == last else str(step)) for step in steps[::-1][::every][::-1]
    ]
    ends = (float(steps[0]), float(steps[-1])) if steps else (0.0, 1.0)
    axes = Axes(
        f"step of the session (grey: its cases, at most {most:,})",
        "exact match, % of the step's cases; dashed without those that left",
        100.0,
        ends,
        ticks,
    )
    height, body = panels(drawn, axes)
    return Figure(TITLE, told(counted, [panel.name for panel in drawn], is_pooled=is_pooled), height, body)


def last_step(by_step: pl.DataFrame) -> int:
    """The step from which on all are one point: the first with fewer than FEW_CASES cases, or the last."""
    n_cases = (
        by_step.group_by("policy", "step")
        .agg(pl.col("n_cases").sum())
        .group_by("step")
        .agg(pl.col("n_cases").max())
        .sort("step")
    )
    few = n_cases.filter(pl.col("n_cases") < FEW_CASES)["step"]
    steps = n_cases["step"]
    return int(few[0]) if few.len() else int(steps[-1]) if steps.len() else 0


def pooled(by_step: pl.DataFrame, last: int) -> pl.DataFrame:
    """policy, step, n_cases, accuracy and `went_on`, the accuracy of cases that are no termination (null where all are)."""
    is_on = pl.col("human_type") != "terminate"
    cases, exact = pl.col("n_cases"), pl.col("n_exact")
    on = cases.filter(is_on).sum()
    return (
        by_step.with_columns(pl.col("step").clip(upper_bound=last))
        .group_by("policy", "step")
        .agg(
            cases.sum(),
            (exact.sum() / cases.sum()).alias("accuracy"),
            pl.when(on > 0).then(exact.filter(is_on).sum() / on).alias("went_on"),
        )
        .sort("policy", "step")
    )


def told(counted: pl.DataFrame, policies: Sequence[str], *, is_pooled: bool) -> str:
    """What is to be seen: how the accuracy of the last policy in line goes from the first step to the last, and how many cases that rests on."""
    if not policies:
        return "No policy has been evaluated yet."
    best = policies[-1]
    rows = counted.filter(policy=best)
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    later = f"at step {last['step']}{' and later' if is_pooled else ''} in {100 * last['accuracy']:.0f} % of {last['n_cases']:,}"
    return (
        f"{best} is right at step {first['step']} in {100 * first['accuracy']:.0f} % of "
        f"{first['n_cases']:,} cases, {later}. Few sessions are long, and the last step of most is to leave: the dashed line leaves "
        "those cases out."
    )
