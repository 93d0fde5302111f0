"""Decoding of many continuations of one conversation at once, over one copy of its key-value cache; greedy unless a row draws.

Rows are branches of a tree: each sees the trunk (the conversation) up to where it leaves it, and its own tokens. All live
rows are fed as one sequence with a tree mask, so the trunk is stored once, a finished row costs nothing more, and rows
need not be in step. Which prompts and when to stop is `generate.py`'s business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

StopReason = Literal["end_turn", "max_tokens"]


@dataclass(frozen=True)
class Turn:
    """One reply to write: at most `max_tokens`, cut short where `is_complete(text)` holds.

    `bridge` is what follows the reply up to the next one: its end-of-turn token, the user's turn, the next header.
    """

    max_tokens: int
    is_complete: Callable[[str], bool]
    bridge: Sequence[int] = ()


@dataclass
class Row:
    """A branch that leaves the trunk after `n_prefix` tokens and writes `turns` one after the other.

    `pending` is what it has to read before it writes: at first the rest of its prompt, where the trunk is not all of it.
    """

    n_prefix: int
    turns: Sequence[Turn]
    replies: list[list[int]] = field(default_factory=lambda: [[]])
    stop_reason: StopReason = "end_turn"
    pending: list[int] = field(default_factory=list)
    n_fed: int = 0
    is_done: bool = False
    draw: "Draw | None" = None


class Draw:
    """Draws tokens at a temperature by noise from a seed: equal seeds and equal logits give equal tokens."""

    def __init__(self, temperature: float, seed: int) -> None:
        self.temperature = temperature
        self.noise = torch.Generator().manual_seed(seed)

    def token(self, logits: torch.Tensor) -> int:
        """Gumbel's way: the largest of the logits after noise. As robust as greedy decoding to how rows are batched."""
        uniform = torch.rand(logits.shape, generator=self.noise)
        return int((logits.float().cpu() / self.temperature - torch.log(-torch.log(uniform))).argmax())


class TreeDecoder:
    """Decoding with `model`; `text(ids)` decodes a reply for its stop rule."""

    def __init__(self, model: Any, end_of_turn: int, text: Callable[[list[int]], str]) -> None:
        self.model, self.end_of_turn, self.text = model, end_of_turn, text

    @torch.inference_mode()
    def run(self, trunk: Sequence[int], rows: Sequence[Row], *, is_mixed: bool = False) -> None:
        """Writes every row's replies. `is_mixed` computes the trunk in bfloat16; decoding is float32 on a CPU either way."""
        cache = self._trunk(trunk, rows, is_mixed)
        owners = [-1] * len(trunk)
        while live := [row for row in rows if not row.is_done]:
            for row, logits in zip(live, self._feed(cache, owners, len(trunk), rows, live), strict=True):
                self._accept(row, _chosen(row, logits))

    def _trunk(self, trunk: Sequence[int], rows: Sequence[Row], is_mixed: bool) -> Any:
        """The trunk's cache; each row whose prompt is all read accepts its first token."""
        from transformers import DynamicCache

        device = self.model.device
        cache: Any = DynamicCache(config=self.model.config)
        ends = torch.tensor([row.n_prefix - 1 for row in rows], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
            inputs = torch.tensor([list(trunk)], device=device)
            logits = self.model(input_ids=inputs, past_key_values=cache, use_cache=True, logits_to_keep=ends).logits[0]
        for layer in cache.layers:
            layer.keys, layer.values = layer.keys.to(self.model.dtype), layer.values.to(self.model.dtype)
        for row, one in zip(rows, logits, strict=True):
            if not row.pending:
                self._accept(row, _chosen(row, one))
        return cache

    def _feed(
        self, cache: Any, owners: list[int], n_trunk: int, rows: Sequence[Row], live: Sequence[Row]
    ) -> torch.Tensor:
        """Feeds the live rows' pending tokens; the next token's logits of each. `owners` says whose each column is."""
        device = self.model.device
        tokens: list[int] = []
        positions: list[int] = []
        queries: list[int] = []
        lasts: list[int] = []
        for number, row in ((number, row) for number, row in enumerate(rows) if not row.is_done):
            tokens += row.pending
            positions += range(row.n_prefix + row.n_fed, row.n_prefix + row.n_fed + len(row.pending))
            queries += [number] * len(row.pending)
            row.n_fed += len(row.pending)
            lasts.append(len(tokens) - 1)
        n_before = len(owners)
        owners += queries
        mask = self._mask(owners, n_before, n_trunk, queries, [row.n_prefix for row in rows])
        logits: torch.Tensor = self.model(
            input_ids=torch.tensor([tokens], device=device),
            position_ids=torch.tensor([positions], device=device),
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=torch.tensor(lasts, device=device),
        ).logits[0]
        return logits

    def _mask(
        self, owners: Sequence[int], n_before: int, n_trunk: int, queries: Sequence[int], n_prefix: Sequence[int]
    ) -> torch.Tensor:
        """[1, 1, fed, columns], True where a fed token may look: its own prefix, its row's earlier tokens, itself."""
        device = self.model.device
        owner, query = torch.tensor(owners, device=device), torch.tensor(queries, device=device)
        column = torch.arange(len(owners), device=device)
        prefix = torch.tensor(n_prefix, device=device)[query]
        is_prefix = (column < n_trunk) & (column < prefix[:, None])
        here = n_before + torch.arange(len(queries), device=device)
        return (is_prefix | ((owner == query[:, None]) & (column <= here[:, None])))[None, None]

    def _accept(self, row: Row, token: int) -> None:
        """The row's next token: it may end the reply, and the reply may be the row's last."""
        turn, reply = row.turns[len(row.replies) - 1], row.replies[-1]
        if token != self.end_of_turn:
            reply.append(token)
            row.pending = [token]
        is_ended = token == self.end_of_turn or turn.is_complete(self.text(reply))
        if not is_ended and len(reply) < turn.max_tokens:
            return
        row.stop_reason = "end_turn" if is_ended else "max_tokens"
        row.is_done = len(row.replies) == len(row.turns)
        if not row.is_done:
            # The last written token is not yet in the cache; after an end-of-turn token it is already.
            row.pending = [*([token] if token != self.end_of_turn else []), *turn.bridge]
            row.replies.append([])


def _chosen(row: Row, logits: torch.Tensor) -> int:
    return row.draw.token(logits) if row.draw else int(logits.argmax())
