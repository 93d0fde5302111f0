"""Attention functions for transformers: `PACKED`, of a row of packed sessions, none of which sees another, and `GROUPED`.

Which sessions share a row is decided in `packing.py`. Importing this registers them.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

PACKED = "packed"
GROUPED = "grouped"


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    cu_seq_lens_q: torch.Tensor | None = None,
    max_length_q: int | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside each session: [1, heads, tokens, head_dim] -> [1, tokens, heads, head_dim].

    `cu_seq_lens_q` [sessions + 1], int32: where each session begins, and the row's end; `max_length_q`: the longest.
    They are arguments of the model's forward. Raises ValueError without them: nothing else keeps sessions apart here.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[0] != 1 or attention_mask is not None or dropout:
        raise ValueError(
            "packed attention reads one row without a mask or dropout, and needs cu_seq_lens_q and max_length_q"
        )
    if torch.is_autocast_enabled(query.device.type):
        # Rotated queries and keys are float32 there, values are not; the kernel takes all of them in half precision only.
        half = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(half), key.to(half), value.to(half)
    if query.is_cuda and query.dtype in (torch.float16, torch.bfloat16):
        return _attend_varlen(query, key, value, cu_seq_lens_q, max_length_q, scaling, sliding_window), None
    edges = cu_seq_lens_q.tolist()
    parts = [
        _attend_one(query[:, :, own], key[:, :, own], value[:, :, own], scaling, sliding_window)
        for own in map(slice, edges, edges[1:])
    ]
    return torch.cat(parts, dim=2).transpose(1, 2).contiguous(), None


def _attend_one(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None, window: int | None
) -> torch.Tensor:
    """One session. A mask takes this function off its fast path, so there is one only where a window cuts something off."""
    n_tokens = query.shape[2]
    mask = None
    if window is not None and window < n_tokens:
        mask = torch.ones(n_tokens, n_tokens, dtype=torch.bool, device=query.device).tril().triu(1 - window)
    return scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=mask is None, scale=scaling, enable_gqa=True
    )


def _attend_varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    edges: torch.Tensor,
    longest: int,
    scaling: float | None,
    window: int | None,
) -> torch.Tensor:
    """All sessions in one flash-attention kernel, half precision only. Not run where this was written: no GPU there.

    transformers counts the token itself into a window, flash-attention counts only those before it; -1 is all of them.
    """
    from torch.nn.attention.varlen import varlen_attn

    left = -1 if window is None else window - 1
    out = varlen_attn(
        query[0].transpose(0, 1),
        key[0].transpose(0, 1),
        value[0].transpose(0, 1),
        edges,
        edges,
        longest,
        longest,
        scale=scaling,
        window_size=(left, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(out, torch.Tensor)  # the pair with log-sum-exp is returned only when asked for
    return out[None]


def attend_grouped(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    softcap: float | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """As transformers' `sdpa`, on a CPU: with a mask too, it does not copy the whole cache for heads that share keys.

    Without a mask it is causal, and reads all there is: the caller makes sure that no layer's window is shorter.
    """
    if softcap is not None or dropout:
        raise ValueError("grouped attention knows neither a softcap nor dropout")
    out = scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=attention_mask,
        is_causal=attention_mask is None and query.shape[2] > 1,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return out.transpose(1, 2).contiguous(), None


AttentionInterface.register(PACKED, attend)
AttentionInterface.register(GROUPED, attend_grouped)
