"""The report's five figures, each drawn by the stage whose table it shows; here is only what they are drawn from and what stands beside."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from shopcart_assets.evaluation.figures.accuracy import Printed, accuracy_figure, bounds, in_order
from shopcart_assets.evaluation.figures.by_step import by_step_figure
from shopcart_assets.evaluation.figures.errors import errors_figure
from shopcart_assets.evaluation.figures.mix import mix_figure
from shopcart_assets.platform.drawing.colours import Look, looks
from shopcart_assets.platform.drawing.svg import Figure
from shopcart_assets.report.table_1 import Row
from shopcart_assets.report.tables import Tables
from shopcart_assets.training.curve import curves


def figures(tables: Tables, paper: Sequence[Row], look: Mapping[str, Look]) -> dict[str, Figure]:
    """By name: accuracy, and where a policy was judged mix, errors and by_step, and where a run was trained training."""
    printed = {
        f"The paper's: {group} (other shoppers, other cases)": [Printed(row.label, row.accuracy.value) for row in rows]
        for group, rows in groupby(paper, key=lambda row: row.group)
    }
    order = in_order(tables.accuracy)
    drawn = {"accuracy": accuracy_figure(tables.accuracy, look, printed)}
    if order:
        drawn["mix"] = mix_figure(tables.mix, tables.divergence, order, look, bounds(tables.accuracy))
        drawn["errors"] = errors_figure(tables.errors, order, look)
        drawn["by_step"] = by_step_figure(tables.by_step, order, look)
    runs = {
        str(name): steps
        for (name,), steps in tables.steps.sort("experiment", "step").group_by("experiment", maintain_order=True)
    }
    if runs:
        # A run is its policy, in its policy's colour; one that was not judged comes after those that were.
        drawn["training"] = curves(runs, {**looks([*look, *sorted(runs.keys() - look.keys())]), **look})
    return drawn
