"""Log probabilities of many paths that leave one conversation: it is read once, and so is each token that paths share.

The paths of a case form a trie. All tries of a session are fed in depth-first order, so many nodes at a time; a node sees
the conversation up to its case, its ancestors and itself. Which paths is `likelihood_paths`' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import add
from typing import Any

import torch

from ml_jobs.decode import check_window
from ml_jobs.likelihood_paths import Path


@dataclass
class Tries:
    """Nodes of all cases in depth-first order: node `n` is an ancestor of `m` where n <= m < end[n] (itself included).

    `parent` is -1 for a trie's first nodes; `n_before` is how many tokens of the conversation come before the node's case.
    """

    token: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    n_before: list[int] = field(default_factory=list)
    is_scored: list[bool] = field(default_factory=list)

    def grow(self, n_prefix: int, paths: Sequence[Path]) -> list[int]:
        """Adds a case, which leaves the conversation after `n_prefix` tokens; the last node of each of its paths."""
        last: dict[Path, int] = {}
        branch: list[int] = []
        before: tuple[int, ...] = ()
        for path in sorted(set(paths), key=lambda path: path.ids):
            n_shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, path.ids, strict=False)))
            del branch[n_shared:]
            for depth in range(n_shared, len(path.ids)):
                parent = branch[-1] if branch else -1
                branch.append(self._add(path.ids[depth], parent, depth, n_prefix, depth >= path.n_given))
            for node in branch:
                self.end[node] = len(self.token)
            last[path], before = branch[-1], path.ids
        return [last[path] for path in paths]

    def _add(self, token: int, parent: int, depth: int, n_before: int, is_scored: bool) -> int:
        columns = (self.token, self.parent, self.end, self.depth, self.n_before, self.is_scored)
        for column, value in zip(columns, (token, parent, 0, depth, n_before, is_scored), strict=True):
            column.append(value)  # type: ignore[attr-defined]
        return len(self.token) - 1

    def totals(self, nats: Sequence[float]) -> list[float]:
        """For each node the sum of `nats` over the scored nodes from its trie's first one to itself."""
        totals: list[float] = []
        for parent, is_scored, value in zip(self.parent, self.is_scored, nats, strict=True):
            totals.append((totals[parent] if parent >= 0 else 0.0) + (value if is_scored else 0.0))
        return totals


class TreeScorer:
    """Reads tries with `model`, at most `max_nodes` of their nodes at a time: memory grows with it, the result does not change."""

    def __init__(self, model: Any, max_nodes: int) -> None:
        self.model, self.max_nodes = model, max_nodes

    @torch.inference_mode()
    def nats(self, trunk: Sequence[int], tries: Tries, *, is_mixed: bool = False) -> list[float]:
        """-log probability of each scored node's token after all that it sees; 0 of the others.

        `is_mixed` computes the conversation in bfloat16, as generation does; the tries are float32 either way.
        """
        nats = [0.0] * len(tries.token)
        children: dict[int, list[int]] = {}
        for node, parent in enumerate(tries.parent):
            children.setdefault(parent, []).append(node)
        cache = self._trunk(trunk, tries, children.pop(-1, []), nats, is_mixed)
        fed = sorted(children)
        columns: list[int] = []
        for begin in range(0, len(fed), self.max_nodes):
            piece = fed[begin : begin + self.max_nodes]
            self._feed(cache, len(trunk), tries, columns, piece, children, nats)
            columns += piece
            if begin + self.max_nodes < len(fed):
                # Depth-first: of all that was fed, later nodes see no more than the ancestors of the next one.
                following = fed[begin + self.max_nodes]
                kept = [place for place, node in enumerate(columns) if following < tries.end[node]]
                columns = [columns[place] for place in kept]
                _keep(cache, len(trunk), kept)
        return nats

    def _trunk(
        self, trunk: Sequence[int], tries: Tries, first: Sequence[int], nats: list[float], is_mixed: bool
    ) -> Any:
        """The conversation's cache; the tries' first nodes get their nats."""
        from transformers import DynamicCache

        device = self.model.device
        check_window(self.model.config, max(len(trunk), 1 + max(map(add, tries.n_before, tries.depth), default=0)))
        # Without the configuration: a layer with a window would forget columns, and here they are of many actions.
        cache: Any = DynamicCache()
        ends = sorted({tries.n_before[node] - 1 for node in first})
        with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
            logits = self.model(
                input_ids=torch.tensor([list(trunk)], device=device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=torch.tensor(ends, device=device),
            ).logits[0]
        for layer in cache.layers:
            layer.keys, layer.values = layer.keys.to(self.model.dtype), layer.values.to(self.model.dtype)
        place = {end: row for row, end in enumerate(ends)}
        _note(nats, tries, [(place[tries.n_before[node] - 1], node) for node in first], logits)
        return cache

    def _feed(
        self,
        cache: Any,
        n_trunk: int,
        tries: Tries,
        columns: Sequence[int],
        piece: Sequence[int],
        children: dict[int, list[int]],
        nats: list[float],
    ) -> None:
        """Feeds the nodes of `piece`, of which those in `columns` are in the cache already; their children get their nats."""
        device = self.model.device
        wanted = [node for node in piece if any(tries.is_scored[child] for child in children[node])]
        rows = {node: row for row, node in enumerate(wanted)}
        place = {node: number for number, node in enumerate(piece)}
        logits = self.model(
            input_ids=torch.tensor([[tries.token[node] for node in piece]], device=device),
            position_ids=torch.tensor([[tries.n_before[node] + tries.depth[node] for node in piece]], device=device),
            attention_mask=_mask(n_trunk, tries, [*columns, *piece], piece).to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=torch.tensor([place[node] for node in wanted], device=device, dtype=torch.long),
        ).logits[0]
        _note(nats, tries, [(rows[node], child) for node in wanted for child in children[node]], logits)


def _mask(n_trunk: int, tries: Tries, columns: Sequence[int], piece: Sequence[int]) -> torch.Tensor:
    """[1, 1, piece, trunk + columns], True where a node may look: its case's conversation, its ancestors, itself."""
    node, column = torch.tensor(piece)[:, None], torch.tensor(columns)
    end = torch.tensor([tries.end[one] for one in columns])
    n_before = torch.tensor([tries.n_before[one] for one in piece])[:, None]
    return torch.cat([torch.arange(n_trunk) < n_before, (column <= node) & (node < end)], dim=1)[None, None]


def _note(nats: list[float], tries: Tries, wanted: Sequence[tuple[int, int]], logits: torch.Tensor) -> None:
    """Writes the nats of the scored nodes of `wanted`, pairs of a row of `logits` and a node that follows it."""
    scored = [(row, node) for row, node in wanted if tries.is_scored[node]]
    if not scored:
        return
    rows, nodes = (torch.tensor(part, device=logits.device) for part in zip(*scored, strict=True))
    tokens = torch.tensor([tries.token[node] for _, node in scored], device=logits.device)
    logits = logits.float()
    values = logits.logsumexp(-1)[rows] - logits[rows, tokens]
    for node, value in zip(nodes.tolist(), values.double().tolist(), strict=True):
        nats[node] = value


def _keep(cache: Any, n_trunk: int, kept: Sequence[int]) -> None:
    """Leaves the conversation and these columns after it in the cache."""
    for layer in cache.layers:
        places = torch.tensor([*range(n_trunk), *(n_trunk + place for place in kept)], device=layer.keys.device)
        layer.keys, layer.values = layer.keys[:, :, places], layer.values[:, :, places]
