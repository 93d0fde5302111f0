"""A step's sessions shared out over the ranks by FLOPs, and packed into rows without padding.

Pure functions of their arguments, so that ranks need not talk. How a row's sessions are kept apart is `attention.py`'s part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ml_jobs.sessions import Example, Size

Cost = Callable[[Size], float]


def share_out(sizes: Sequence[Size], n_ranks: int, tokens_per_row: int, cost: Cost) -> list[list[list[Size]]]:
    """For each rank its rows, equally many on all ranks: [rank][turn] -> the sessions of a row, perhaps none.

    A row is filled up to `tokens_per_row`; a longer session has one for itself. Ranks wait for each other at each row, not
    only at the step's end, since they gather each layer's weights together. So first as few rows as hold the sessions are
    made equally dear, the dearest session first into the cheapest row; then rows of like cost meet in a turn.

    >>> sizes = [Size(number, n, 1, 0) for number, n in enumerate((5, 9, 3, 4, 2))]
    >>> [[[size.n_tokens for size in row] for row in rows] for rows in share_out(sizes, 2, 9, lambda size: size.n_tokens)]
    [[[9], [4]], [[5], [3, 2]]]
    """
    n_turns = max(1, -(-sum(size.n_tokens for size in sizes) // (n_ranks * tokens_per_row)))
    while (rows := _fill(sizes, n_ranks * n_turns, tokens_per_row, cost)) is None:
        n_turns += 1
    shares: list[list[list[Size]]] = [[] for _ in range(n_ranks)]
    loads = [0.0] * n_ranks
    for first in range(0, len(rows), n_ranks):
        idlest = sorted(range(n_ranks), key=loads.__getitem__)
        for rank, row in zip(idlest, rows[first : first + n_ranks], strict=True):
            shares[rank].append(row)
            loads[rank] += sum(map(cost, row))
    return shares


def _fill(sizes: Sequence[Size], n_rows: int, tokens_per_row: int, cost: Cost) -> list[list[Size]] | None:
    """So many rows, the dearest first; None where the sessions do not fit into them."""
    rows: list[list[Size]] = [[] for _ in range(n_rows)]
    costs, tokens = [0.0] * n_rows, [0] * n_rows
    for size in sorted(sizes, key=lambda size: (-cost(size), size.number)):
        fitting = [row for row in range(n_rows) if not rows[row] or tokens[row] + size.n_tokens <= tokens_per_row]
        if not fitting:
            return None
        cheapest = min(fitting, key=costs.__getitem__)
        rows[cheapest].append(size)
        costs[cheapest] += cost(size)
        tokens[cheapest] += size.n_tokens
    return [rows[row] for row in sorted(range(n_rows), key=lambda row: -costs[row])]


@dataclass(frozen=True)
class Load:
    """FLOPs of one step: all, those of the busiest rank, and those that all ranks wait for, row after row."""

    total: float
    of_the_busiest: float
    waited_for: float


def load(shares: Sequence[Sequence[Sequence[Size]]], cost: Cost) -> Load:
    """What sharing a step out like this costs. A step on N ranks takes as long as `waited_for`, at best total / N."""
    costs = [[sum(map(cost, row)) for row in rows] for rows in shares]
    ranks = [sum(rows) for rows in costs]
    return Load(sum(ranks), max(ranks), sum(max(turn) for turn in zip(*costs, strict=True)))


def collate(examples: Sequence[Example], device: torch.device) -> tuple[dict[str, Any], torch.Tensor]:
    """One row as arguments of a causal language model's forward, and the trained tokens [trained] it should predict.

    Only logits of the positions before trained tokens are asked for. Each session's positions begin at 0.
    """
    lengths = [len(example.ids) for example in examples]
    starts = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    ids = torch.tensor([one for example in examples for one in example.ids], device=device)
    trained = torch.tensor(
        [start + place for start, example in zip(starts, examples, strict=False) for place in example.trained],
        device=device,
    )
    row = {
        "input_ids": ids[None],
        "position_ids": torch.cat([torch.arange(n, device=device) for n in lengths])[None],
        "cu_seq_lens_q": torch.tensor(starts, dtype=torch.int32, device=device),
        "max_length_q": max(lengths),
        "logits_to_keep": trained - 1,
    }
    return row, ids[trained]
