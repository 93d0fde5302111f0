"""Figure 5: loss by step of training runs, trained and held out, a panel a run; and the last step's figures. Rows in, picture out."""

from collections.abc import Mapping

import polars as pl

from shopcart_assets.platform.drawing.colours import Look
from shopcart_assets.platform.drawing.panels import Axes, Panel, nice_top, panels, thinned
from shopcart_assets.platform.drawing.svg import Figure

TITLE = "Loss by training step"
SMOOTHED_STEPS = 5
"""Steps that the strong line is the mean of; the faint one is each step's."""
_MOST_TOLD = 3


def curves(runs: Mapping[str, pl.DataFrame], look: Mapping[str, Look]) -> Figure:
    """Rows of training.steps by experiment, each at least one row. Held-out losses are diamonds; all panels have one scale."""
    sorted_runs = {name: steps.sort("step") for name, steps in runs.items()}
    whole = pl.concat([steps.select("step", "loss_nats", "held_out_loss_nats") for steps in sorted_runs.values()])
    tops = [loss for loss in (whole["loss_nats"].max(), whole["held_out_loss_nats"].max()) if isinstance(loss, float)]
    first, last = int(whole["step"].to_numpy().min()), int(whole["step"].to_numpy().max())
    ticks = [(float(step), f"{step:,}") for step in sorted({first, (first + last) // 2, last})]
    axes = Axes(
        "optimiser step",
        f"nats a token; faint each step's, strong the mean of {SMOOTHED_STEPS} steps, diamonds held-out sessions",
        nice_top(max(tops)),
        (float(first), float(last)),
        ticks,
    )
    height, body = panels([_panel(name, steps, look[name]) for name, steps in sorted_runs.items()], axes)
    return Figure(TITLE, told(sorted_runs), height, body)


def told(runs: Mapping[str, pl.DataFrame]) -> str:
    """How far each of a few runs fell, or the range over many."""
    if len(runs) <= _MOST_TOLD:
        return " ".join(f"{name}: {_fall(steps)}." for name, steps in runs.items())
    ends = [float(steps["loss_nats"][-1]) for steps in runs.values()]
    held_out = [
        float(known[-1]) for steps in runs.values() if (known := steps["held_out_loss_nats"].drop_nulls()).len()
    ]
    said = f"The losses of {len(runs)} runs end at {min(ends):.3f} to {max(ends):.3f} nats a token"
    return said + (f", held out at {min(held_out):.3f} to {max(held_out):.3f}." if held_out else ".")


def _fall(steps: pl.DataFrame) -> str:
    losses, held_out = steps["loss_nats"], steps["held_out_loss_nats"].drop_nulls()
    said = f"loss from {losses[0]:.3f} to {losses[-1]:.3f} nats a token in {steps.height:,} steps"
    return said + (f", {held_out[-1]:.3f} held out" if held_out.len() else "")


def _panel(name: str, steps: pl.DataFrame, look: Look) -> Panel:
    smooth = steps.with_columns(pl.col("loss_nats").rolling_mean(SMOOTHED_STEPS, min_samples=1))
    held_out = steps.drop_nulls("held_out_loss_nats")
    return Panel(
        name,
        look,
        line=thinned(_points(smooth, "loss_nats")),
        faint=thinned(_points(steps, "loss_nats")),
        dots=_points(held_out, "held_out_loss_nats"),
    )


def _points(steps: pl.DataFrame, column: str) -> list[tuple[float, float]]:
    return [(float(step), float(loss)) for step, loss in steps.select("step", column).iter_rows()]


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
