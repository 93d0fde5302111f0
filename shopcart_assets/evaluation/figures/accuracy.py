"""Figure 1: accuracy of every policy as a dot with its interval, and numbers that were printed elsewhere on the same axis.

Rows of evaluation.accuracy in. What is printed elsewhere is only shown: nothing is compared with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import Look
from shopcart_assets.platform.drawing.multiples import NAME_WIDTH, ROW, name_tag

TITLE = "Accuracy of every policy"
KINDS: Mapping[str, str] = {
    "ceiling": "Bounds: the shoppers' own policy, and what they did",
    "baseline": "Constant and simple policies",
    "prompted": "Prompted models",
    "fine_tuned": "Fine-tuned models",
    "unknown": "Not declared any more",
}
"""The kinds of policy in the order in which they stand everywhere, and what the reader sees."""

_RIGHT, _FOOT = 164, 40


@dataclass(frozen=True)
class Printed:
    """A number that was printed elsewhere, percent."""

    label: str
    accuracy_pct: float


def in_order(accuracy: pl.DataFrame) -> list[str]:
    """The policies as every figure and table shows them: by kind, then from the lowest to the highest accuracy."""
    return [row["policy"] for row in ordered(accuracy)]


def bounds(accuracy: pl.DataFrame) -> frozenset[str]:
    """The policies that are no models: what the shoppers' own policy would do, or what they did."""
    return frozenset(accuracy.filter(pl.col("kind") == "ceiling")["policy"])


def ordered(accuracy: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of evaluation.accuracy in that order; a kind that nothing declares any more is `unknown`."""
    order = list(KINDS)
    rows = accuracy.with_columns(pl.col("kind").fill_null("unknown")).iter_rows(named=True)
    return sorted(rows, key=lambda row: (order.index(row["kind"]), row["macro_accuracy"], row["policy"]))


def accuracy_figure(
    accuracy: pl.DataFrame, look: Mapping[str, Look], printed: Mapping[str, Sequence[Printed]] | None = None
) -> svg.Figure:
    """The policies by kind; below them what was `printed`, by heading, as hollow diamonds."""
    rows, groups = ordered(accuracy), printed or {}
    values = [100 * (row["high"] or row["macro_accuracy"]) for row in rows]
    values += [one.accuracy_pct for group in groups.values() for one in group]
    axis = _Axis(min(100.0, max(10.0, 10 * -(-max(values, default=100.0) // 10))))
    constants = [100 * row["macro_accuracy"] for row in rows if row["policy"].startswith("always_")]
    pieces, y = [], 0
    for kind, title in KINDS.items():
        if members := [row for row in rows if row["kind"] == kind]:
            pieces.append(_heading(y, title))
            pieces += [_measured(axis, row, look[row["policy"]], y + ROW * at) for at, row in enumerate(members, 1)]
            y += ROW * (len(members) + 1)
    dashes = ' stroke-dasharray="4 4"'
    pieces[:0] = [svg.line(axis.x(value), ROW - 4, axis.x(value), y, "var(--soft)", dashes) for value in constants]
    for title, elsewhere in groups.items():
        pieces.append(_heading(y, title))
        pieces += [_printed(axis, one, y + ROW * at) for at, one in enumerate(elsewhere, 1)]
        y += ROW * (len(elsewhere) + 1)
    return svg.Figure(TITLE, told(rows, groups), y + _FOOT, "".join([*axis.drawn(y), *pieces]))


def told(rows: Sequence[Mapping[str, Any]], printed: Mapping[str, Sequence[Printed]]) -> str:
    """What is to be seen: the best of each kind with its interval, and the range of what is printed."""
    if not rows:
        return "No policy has been evaluated yet."
    best = [
        max((row for row in rows if row["kind"] == kind), key=lambda row: row["macro_accuracy"], default=None)
        for kind in KINDS
    ]
    sentences = [f"Exact match of {len(rows)} {'policies' if len(rows) > 1 else 'policy'}, mean over sessions."]
    sentences += [f"{KINDS[row['kind']]}: the best is {row['policy']} at {_pct(row)}." for row in best if row]
    if values := [one.accuracy_pct for group in printed.values() for one in group]:
        sentences.append(
            f"The paper prints {min(values):.1f} to {max(values):.1f} % for {len(values)} models, on other shoppers and cases."
        )
    return " ".join(sentences)


def _pct(row: Mapping[str, Any]) -> str:
    interval = "" if row["low"] is None else f" (95 % interval {100 * row['low']:.1f} to {100 * row['high']:.1f})"
    return f"{100 * row['macro_accuracy']:.1f} %{interval}"


@dataclass(frozen=True)
class _Axis:
    """Percent along the picture, from 0 to `top`."""

    top: float

    def x(self, value: float) -> float:
        return NAME_WIDTH + (svg.WIDTH - NAME_WIDTH - _RIGHT) * value / self.top

    def drawn(self, bottom: float) -> Iterator[str]:
        step = next(step for step in (2, 5, 10) if self.top / step <= 10)
        for tick in range(int(self.top) // step + 1):
            x = self.x(tick * step)
            yield svg.line(x, ROW - 4, x, bottom, "var(--line)") + svg.text(
                x, bottom + 15, f"{tick * step:g}", anchor="middle", fill="var(--soft)"
            )
        yield svg.text(
            self.x(0), bottom + 33, "exact match of the next action, mean over sessions, %", fill="var(--soft)"
        )


def _heading(y: float, title: str) -> str:
    return svg.text(
        0,
        y + 15,
        title,
        fill="var(--soft)",
        more=' font-weight="600" paint-order="stroke" stroke="var(--card)" stroke-width="4"',
    )


def _measured(axis: _Axis, row: Mapping[str, Any], look: Look, y: float) -> str:
    middle, value, said = y + ROW / 2, 100 * row["macro_accuracy"], f"{100 * row['macro_accuracy']:.1f}"
    pieces = [name_tag(0, middle, row["policy"], look, NAME_WIDTH - 12)]
    if row["low"] is not None and row["high"] is not None:
        low, high = 100 * row["low"], 100 * row["high"]
        pieces.append(
            svg.line(axis.x(low), middle, axis.x(high), middle, look.colour, ' stroke-width="3" stroke-linecap="round"')
        )
        said += f" ({low:.1f} to {high:.1f})"
    pieces.append(svg.circle(axis.x(value), middle, 5.5, look.colour, ' stroke="var(--card)" stroke-width="1.5"'))
    return "".join([*pieces, svg.text(svg.WIDTH, middle + 4, said, anchor="end", more=' font-size="11"')])


def _printed(axis: _Axis, one: Printed, y: float) -> str:
    middle, x = y + ROW / 2, axis.x(one.accuracy_pct)
    mark = f'<path d="M{x:.1f},{middle - 5:.1f}l5,5l-5,5l-5,-5z" fill="var(--card)" stroke="var(--soft)" stroke-width="2"/>'
    name = svg.text(28, middle + 4, svg.fitted(one.label, NAME_WIDTH - 40), fill="var(--soft)")
    return (
        name
        + mark
        + svg.text(
            svg.WIDTH, middle + 4, f"{one.accuracy_pct:.1f}", anchor="end", fill="var(--soft)", more=' font-size="11"'
        )
    )
