"""A step's sessions shared out over the ranks by FLOPs, and packed into rows without padding.

Pure functions of their arguments, so that ranks need not talk. How a row's sessions are kept apart is `attention.py`'s part.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ml_jobs.sessions import Example, Size

Cost = Callable[[Size], float]


def balance(sizes: Sequence[Size], n_ranks: int, cost: Cost) -> list[list[Size]]:
    """Sessions for each rank: the dearest first, to the rank with the least to do so far.

    >>> sizes = [Size(number, n, 1, 0) for number, n in enumerate((5, 9, 3, 4))]
    >>> [[size.n_tokens for size in part] for part in balance(sizes, 2, lambda size: size.n_tokens**2)]
    [[9], [5, 4, 3]]
    """
    parts: list[list[Size]] = [[] for _ in range(n_ranks)]
    loads = [0.0] * n_ranks
    for size in sorted(sizes, key=lambda size: (-cost(size), size.number)):
        rank = loads.index(min(loads))
        parts[rank].append(size)
        loads[rank] += cost(size)
    return parts


def pack(sizes: Sequence[Size], max_tokens: int, cost: Cost) -> list[list[Size]]:
    """Rows of at most `max_tokens` (best fit, the longest first), the dearest row first.

    Ranks wait for each other at each row, since they gather each layer's weights together: so long rows should meet.

    >>> sizes = [Size(number, n, 1, 0) for number, n in enumerate((2, 9, 7, 1))]
    >>> [[size.n_tokens for size in row] for row in pack(sizes, 10, lambda size: size.n_tokens)]
    [[9, 1], [7, 2]]
    """
    rows: list[list[Size]] = []
    left: list[int] = []
    for size in sorted(sizes, key=lambda size: (-size.n_tokens, size.number)):
        fitting = [row for row, room in enumerate(left) if room >= size.n_tokens]
        if fitting:
            best = min(fitting, key=left.__getitem__)
            rows[best].append(size)
            left[best] -= size.n_tokens
        else:
            rows.append([size])
            left.append(max_tokens - size.n_tokens)
    return sorted(rows, key=lambda row: (-sum(map(cost, row)), row[0].number))


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
