"""The picture of a run: loss by step, trained and held out, as SVG, and the last step's figures. Rows in, text and numbers out."""

import base64
import html
from collections.abc import Sequence

import polars as pl

_WIDTH, _HEIGHT, _MARGIN = 640, 240, 36
_MOST_POINTS = 500


def loss_curve(steps: pl.DataFrame) -> str:
    """An SVG of loss (nats a token) by optimiser step, its first and last value in words, held-out losses as dots.

    `steps` are rows of `training.steps`, at least one. Long runs are thinned to 500 points, the last one kept.
    """
    steps = steps.sort("step")
    losses, held_out = steps["loss_nats"], steps.drop_nulls("held_out_loss_nats")
    tops = [loss for loss in (losses.max(), held_out["held_out_loss_nats"].max()) if isinstance(loss, float)]
    first, last, top = steps["step"][0], steps["step"][-1], max(*tops, 1e-9)
    thin = steps.reverse().gather_every(-(-steps.height // _MOST_POINTS)).reverse()
    said = f"loss from {losses[0]:.3f} to {losses[-1]:.3f} nats a token in {steps.height} steps"
    if held_out.height:
        said += f", {held_out['held_out_loss_nats'][-1]:.3f} held out"

    def places(rows: pl.DataFrame, column: str) -> list[tuple[float, float]]:
        wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
        return [
            (_MARGIN + wide * (step - first) / max(1, last - first), _HEIGHT - _MARGIN - high * loss / top)
            for step, loss in rows.select("step", column).iter_rows()
        ]

    return _drawing(html.escape(said), top, last, places(thin, "loss_nats"), places(held_out, "held_out_loss_nats"))


def _drawing(
    said: str, top: float, last: int, line: Sequence[tuple[float, float]], dots: Sequence[tuple[float, float]]
) -> str:
    left, bottom = _MARGIN, _HEIGHT - _MARGIN
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
    circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#d08700"/>' for x, y in dots)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">'
        f"<title>{said}</title>"
        f'<path d="M{left},{_MARGIN}V{bottom}H{_WIDTH - _MARGIN}" fill="none" stroke="#888"/>'
        f'<text x="{left}" y="{_MARGIN - 10}" fill="#888">{said}</text>'
        f'<text x="{left - 6}" y="{_MARGIN + 4}" text-anchor="end" fill="#888">{top:.2f}</text>'
        f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end" fill="#888">0</text>'
        f'<text x="{_WIDTH - _MARGIN}" y="{bottom + 16}" text-anchor="end" fill="#888">step {last}</text>'
        f'<polyline points="{points}" fill="none" stroke="#3b6fd4" stroke-width="2"/>{circles}</svg>'
    )


def as_markdown(svg: str) -> str:
    """The picture as the UI shows it inline."""
    return f"![loss by step](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def latest(steps: pl.DataFrame) -> dict[str, float | int]:
    """The last step's figures, with the last held-out loss and the share of trained tokens; what is not known is left out."""
    row = steps.sort("step").row(-1, named=True)
    held_out = steps.sort("step")["held_out_loss_nats"].drop_nulls()
    told = {
        **row,
        "trained_share": row["n_trained_tokens"] / row["n_tokens"],
        "held_out_loss_nats": held_out[-1] if held_out.len() else None,
    }
    return {name: value for name, value in told.items() if value is not None}
