"""FLOPs are those that torch counts; memory is what the process has."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from ml_jobs import hardware


def test_flops_are_those_that_torch_counts() -> None:
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        attn_implementation="eager",
    )
    n_tokens, positions = 50, torch.arange(10, 17)
    model = LlamaForCausalLM(config)
    with FlopCounterMode(display=False) as counter:
        ids = torch.zeros(1, n_tokens, dtype=torch.long)
        logits = model(input_ids=ids, logits_to_keep=positions).logits
        torch.autograd.backward(logits.sum())
    shape = hardware.shape_of(config)
    # Eager attention computes both halves of the square, of which a causal one needs half.
    masked = 6 * shape.layers * shape.heads * shape.head_dim * n_tokens**2
    counted = counter.get_total_flops() - masked
    assert hardware.session_flops(shape, n_tokens, len(positions)) == pytest.approx(counted, rel=0.02)


def test_mfu_is_a_share_of_what_all_ranks_could_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hardware.mfu(1e12, 1.0, 1, is_mixed=True) is None or torch.cuda.is_available()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA A100-SXM4-80GB")
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=True) == pytest.approx(1 / 8)
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=False) is None
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Unheard-of 9000")
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=True) is None


def test_memory_covers_what_has_been_used() -> None:
    n_bytes = 200_000_000
    held = bytearray(b"x" * n_bytes)
    assert hardware.peak_rss_bytes() > len(held)
