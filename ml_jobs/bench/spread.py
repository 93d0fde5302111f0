"""How evenly a step of 64 sessions as long as the paper's is shared out over ranks: arithmetic, a matter of seconds.

How long they are is assumed in `lengths.py`, who gets which is decided in `packing.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ml_jobs.lengths import MAX_TOKENS, PAGE_TOKENS, draw
from ml_jobs.packing import Load, load, share_out
from ml_jobs.sessions import Size
from ml_jobs.shape import SHAPES, flops_per_session

SESSIONS_PER_STEP = 64
_TRAINED_TOKENS_PER_STEP = 50


def report(n_ranks: Sequence[int], tokens_per_row: Sequence[int], seed: int, n_steps: int = 100) -> dict[str, Any]:
    """What a run of the paper's 7B model waits for; GPU-hours by FLOPs, as a share of a run padded to MAX_TOKENS."""
    drawn = draw(n_steps * SESSIONS_PER_STEP, PAGE_TOKENS, MAX_TOKENS, seed)
    sizes = [Size(number, one.n_tokens, one.n_steps * _TRAINED_TOKENS_PER_STEP, 0) for number, one in enumerate(drawn)]
    steps = [sizes[first : first + SESSIONS_PER_STEP] for first in range(0, len(sizes), SESSIONS_PER_STEP)]
    padded = len(sizes) * _flops(Size(0, MAX_TOKENS, round(sum(size.n_trained for size in sizes) / len(sizes)), 0))
    return {
        "mean_steps": sum(one.n_steps for one in drawn) / len(drawn),
        "padded_fill": sum(size.n_tokens for size in sizes) / len(sizes) / MAX_TOKENS,
        "shares": [asdict(_share(steps, ranks, capacity, padded)) for ranks in n_ranks for capacity in tokens_per_row],
    }


@dataclass(frozen=True)
class Share:
    """Efficiencies: mean FLOPs of a rank by those of the busiest, and by what ranks wait for, row after row.

    GPU-hours as shares of the padded run's, by the same two measures.
    """

    n_ranks: int
    tokens_per_row: int
    balanced_efficiency: float
    lockstep_efficiency: float
    hours_of_padded: float
    lockstep_hours_of_padded: float
    rows_per_step: float


def _share(steps: Sequence[Sequence[Size]], n_ranks: int, tokens_per_row: int, padded: float) -> Share:
    shared = [share_out(step, n_ranks, tokens_per_row, _flops) for step in steps]
    loads: list[Load] = [load(one, _flops) for one in shared]
    total = sum(one.total for one in loads)
    busiest = n_ranks * sum(one.of_the_busiest for one in loads)
    waited = n_ranks * sum(one.waited_for for one in loads)
    rows = sum(len(one[0]) for one in shared) / len(shared)
    return Share(n_ranks, tokens_per_row, total / busiest, total / waited, busiest / padded, waited / padded, rows)


def _flops(size: Size) -> float:
    return flops_per_session(SHAPES["Qwen/Qwen2.5-7B-Instruct"], size.n_tokens, size.n_trained)
