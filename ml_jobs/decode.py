"""Decoding of many continuations of conversations at once, over one copy of each one's key-value cache; greedy unless a row draws.

Rows are branches of a tree: each sees its trunk (a conversation) up to where it leaves it, and its own tokens. All live
rows, of all trunks, are fed as one sequence with a tree mask, so a trunk is stored once, a finished row costs nothing more,
and rows need not be in step. Which prompts and when to stop is `cases.py`'s business.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ml_jobs.attention import GROUPED
from ml_jobs.branches import Draw, Row, Trunk
from ml_jobs.program import ConfigError


class Noise:
    """Draws tokens by noise from a seed: equal seeds and equal logits give equal tokens."""

    def __init__(self, draw: Draw) -> None:
        self.temperature = draw.temperature
        self.generator = torch.Generator().manual_seed(draw.seed)

    def token(self, logits: torch.Tensor) -> int:
        """Gumbel's way: the largest of the logits after noise. As robust as greedy decoding to how rows are batched."""
        uniform = torch.rand(logits.shape, generator=self.generator)
        return int((logits.float().cpu() / self.temperature - torch.log(-torch.log(uniform))).argmax())


class TreeDecoder:
    """Decoding with `model`; `text(ids)` decodes a reply for its stop rule.

    `is_mixed` computes trunks in bfloat16; decoding is float32 on a CPU either way.
    """

    def __init__(
        self, model: Any, end_of_turn: int, text: Callable[[list[int]], str], *, is_mixed: bool = False
    ) -> None:
        self.model, self.end_of_turn, self.text, self.is_mixed = model, end_of_turn, text, is_mixed
        if model.device.type == "cpu" and model.config._attn_implementation == "sdpa":
            model.set_attn_implementation(GROUPED)

    @torch.inference_mode()
    def run(self, trunks: Sequence[Trunk]) -> None:
        """Writes every row's replies. Raises ConfigError where the model's window is shorter than a trunk."""
        asked = [trunk for trunk in trunks if any(not row.is_done for row in trunk.rows)]
        tree = _Tree(self, asked)
        while live := tree.live:
            for row, logits in zip(live, tree.feed(), strict=True):
                tree.accept(row, logits)


class _Tree:
    """One run: the cache of all trunks and rows, and whose each of its columns is."""

    def __init__(self, decoder: TreeDecoder, trunks: Sequence[Trunk]) -> None:
        self.decoder, self.model = decoder, decoder.model
        self.rows = [row for trunk in trunks for row in trunk.rows]
        self.noise = {id(row): Noise(row.draw) for row in self.rows if row.draw}
        self.owners: list[int] = []
        self.starts: list[int] = []
        self.cache: Any = None
        caches = []
        for trunk in trunks:
            self.starts += [len(self.owners)] * len(trunk.rows)
            self.owners += [-1] * len(trunk.ids)
            caches.append(self._read(trunk))
        if caches:
            self.cache = _joined(caches)

    @property
    def live(self) -> list[Row]:
        """Rows that have more to write."""
        return [row for row in self.rows if not row.is_done]

    def _read(self, trunk: Trunk) -> Any:
        """The trunk's cache; each row whose prompt is all read accepts its first token."""
        from transformers import DynamicCache

        device = self.model.device
        check_window(self.model.config, len(trunk.ids) + max(row.most_tokens for row in trunk.rows))
        # Without the configuration: a layer with a window would forget columns, and here they are of many conversations.
        cache: Any = DynamicCache()
        ends = torch.tensor([row.n_prefix - 1 for row in trunk.rows], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.decoder.is_mixed):
            inputs = torch.tensor([list(trunk.ids)], device=device)
            logits = self.model(input_ids=inputs, past_key_values=cache, use_cache=True, logits_to_keep=ends).logits[0]
        for layer in cache.layers:
            layer.keys, layer.values = layer.keys.to(self.model.dtype), layer.values.to(self.model.dtype)
        for row, one in zip(trunk.rows, logits, strict=True):
            if not row.pending and not row.is_done:
                self.accept(row, one)
        return cache

    def accept(self, row: Row, logits: torch.Tensor) -> None:
        """The row's next token, drawn or the likeliest."""
        noise = self.noise.get(id(row))
        token = noise.token(logits) if noise else int(logits.argmax())
        row.accept(token, self.decoder.end_of_turn, self.decoder.text)

    def feed(self) -> torch.Tensor:
        """Feeds the live rows' pending tokens; the next token's logits of each."""
        device = self.model.device
        tokens: list[int] = []
        positions: list[int] = []
        queries: list[int] = []
        lasts: list[int] = []
        for number, row in ((number, row) for number, row in enumerate(self.rows) if not row.is_done):
            first = row.n_prefix + len(row.read)
            tokens += row.pending
            positions += range(first, first + len(row.pending))
            queries += [number] * len(row.pending)
            row.read += row.pending
            lasts.append(len(tokens) - 1)
        n_before = len(self.owners)
        self.owners += queries
        logits: torch.Tensor = self.model(
            input_ids=torch.tensor([tokens], device=device),
            position_ids=torch.tensor([positions], device=device),
            attention_mask=self._mask(n_before, queries),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=torch.tensor(lasts, device=device),
        ).logits[0]
        return logits

    def _mask(self, n_before: int, queries: Sequence[int]) -> torch.Tensor:
        """[1, 1, fed, columns], True where a fed token may look: its trunk up to its row, its row's earlier tokens, itself."""
        device = self.model.device
        owner, query = torch.tensor(self.owners, device=device), torch.tensor(queries, device=device)
        column = torch.arange(len(self.owners), device=device)
        start = torch.tensor(self.starts, device=device)[query][:, None]
        n_prefix = torch.tensor([row.n_prefix for row in self.rows], device=device)[query][:, None]
        here = n_before + torch.arange(len(queries), device=device)[:, None]
        is_prefix = (column >= start) & (column < start + n_prefix)
        return (is_prefix | ((owner == query[:, None]) & (column <= here)))[None, None]


def _joined(caches: list[Any]) -> Any:
    """One cache of all of them, one after another; a row's mask keeps it to its own."""
    first = caches[0]
    for number, layer in enumerate(first.layers if len(caches) > 1 else ()):
        layer.keys = torch.cat([cache.layers[number].keys for cache in caches], dim=-2)
        layer.values = torch.cat([cache.layers[number].values for cache in caches], dim=-2)
        for cache in caches[1:]:
            cache.layers[number] = None  # frees it: else two copies of all would be held at once
    return first


def check_window(config: Any, n_tokens: int) -> None:
    """Raises ConfigError where layers see only the last tokens: a tree of rows is not made for that."""
    kinds = getattr(config, "layer_types", None) or ["sliding_attention"]
    window = getattr(config, "sliding_window", None)
    if window and n_tokens > window and any(kind != "full_attention" for kind in kinds):
        raise ConfigError(
            f"this model's layers see only the last {window} tokens and a conversation has {n_tokens}: set max_tokens to "
            f"at most {window}"
        )
