"""Sharing out and packing lose nothing; packed sessions do not see each other, whatever the architecture."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from ml_jobs import attention
from ml_jobs.attention import PACKED
from ml_jobs.packing import collate, load, share_out
from ml_jobs.sessions import Example, Size
from ml_jobs.shape import Shape, flops_per_session

SMALL: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
# What sets the four apart: a bias on q, k, v; scaled rotation; a window; three times as many heads as keys, tied.
ARCHITECTURES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "qwen2.5": (Qwen2Config, Qwen2ForCausalLM, {}),
    "llama-3.2": (LlamaConfig, LlamaForCausalLM, {"rope_parameters": LLAMA3_ROPE, "tie_word_embeddings": True}),
    "mistral": (MistralConfig, MistralForCausalLM, {"sliding_window": None}),
    "mistral with a window": (MistralConfig, MistralForCausalLM, {"sliding_window": 8}),
    "smollm2": (
        LlamaConfig,
        LlamaForCausalLM,
        {"num_attention_heads": 9, "num_key_value_heads": 3, "hidden_size": 36, "tie_word_embeddings": True},
    ),
}


def built(architecture: str, attn_implementation: str) -> Any:
    config, model, changes = ARCHITECTURES[architecture]
    torch.manual_seed(0)
    return model._from_config(config(**{**SMALL, **changes}), attn_implementation=attn_implementation)


def examples(lengths: tuple[int, ...] = (37, 5, 64, 2)) -> list[Example]:
    torch.manual_seed(1)
    return [Example(torch.randint(97, (n,)).tolist(), list(range(1, n, 3)), 0) for n in lengths]


def packed_loss(model: Any, row: list[Example]) -> torch.Tensor:
    arguments, targets = collate(row, torch.device("cpu"))
    return cross_entropy(model(**arguments).logits[0], targets, reduction="sum")


def gradients(model: Any) -> dict[str, torch.Tensor]:
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_packed_sessions_have_the_logits_and_gradients_of_each_alone(architecture: str) -> None:
    packed, alone, row = built(architecture, PACKED), built(architecture, "eager"), examples()
    arguments, _ = collate(row, torch.device("cpu"))
    together = packed(**{**arguments, "logits_to_keep": 0}).logits[0]
    separate = torch.cat([alone(input_ids=torch.tensor([one.ids])).logits[0] for one in row])
    assert torch.allclose(together, separate, rtol=0, atol=1e-6)
    packed_loss(packed, row).backward()  # type: ignore[no-untyped-call]
    for one in row:
        logits = alone(input_ids=torch.tensor([one.ids])).logits[0]
        places = torch.tensor(one.trained)
        cross_entropy(logits[places - 1], torch.tensor(one.ids)[places], reduction="sum").backward()  # type: ignore[no-untyped-call]
    same = gradients(alone)
    for name, gradient in gradients(packed).items():
        assert torch.allclose(gradient, same[name], rtol=1e-4, atol=1e-5), name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_edges_the_same_row_would_leak(architecture: str) -> None:
    """What the test above would see if sessions were merely put one after another."""
    model, row = built(architecture, "sdpa"), examples()
    together = model(input_ids=torch.tensor([[one for example in row for one in example.ids]])).logits[0]
    separate = torch.cat([model(input_ids=torch.tensor([one.ids])).logits[0] for one in row])
    assert not torch.allclose(together, separate, atol=1e-3)


@pytest.mark.parametrize("is_recomputed", [False, True])
def test_what_another_session_says_changes_no_gradient_of_an_input(is_recomputed: bool) -> None:
    model, row = built("mistral with a window", PACKED), examples()
    if is_recomputed:
        model.activation_checkpointing_enable()
    model.train()
    arguments, _ = collate(row, torch.device("cpu"))
    inputs = model.get_input_embeddings()(arguments.pop("input_ids")).detach().requires_grad_()
    last = model(inputs_embeds=inputs, **{**arguments, "logits_to_keep": 1}).logits
    last.sum().backward()
    reached = inputs.grad[0].abs().sum(-1).nonzero().flatten().tolist()
    n_tokens = sum(len(one.ids) for one in row)
    assert reached == list(range(n_tokens - 2, n_tokens))


def test_a_row_without_edges_or_with_a_mask_is_refused() -> None:
    model, ids = built("qwen2.5", PACKED), torch.tensor([[1, 2, 3]])
    with pytest.raises(ValueError, match="needs cu_seq_lens_q"):
        model(input_ids=ids)
    arguments, _ = collate(examples((4,)), torch.device("cpu"))
    with pytest.raises(ValueError, match="reads one row without a mask"):
        model(**{**arguments, "input_ids": arguments["input_ids"].repeat(2, 1), "logits_to_keep": 0})


@pytest.mark.parametrize("window", [None, 1, 8])
def test_the_kernel_is_given_what_it_documents(monkeypatch: pytest.MonkeyPatch, window: int | None) -> None:
    """No GPU: the kernel's documented meaning of its arguments, in plain torch, stands in for it."""

    def varlen(query: Any, key: Any, value: Any, edges: Any, edges_k: Any, longest: int, _: int, **options: Any) -> Any:
        assert edges is edges_k and edges.dtype == torch.int32 and longest == max(edges.diff()).item()
        left, right = options["window_size"]
        session = torch.bucketize(torch.arange(len(query)), edges[1:], right=True)
        place = torch.arange(len(query))
        ago = place[:, None] - place
        mask = (session[:, None] == session) & (ago >= -right) & ((ago <= left) | (left == -1))
        shares = query.shape[1] // key.shape[1]
        key, value = (part.repeat_interleave(shares, 1).transpose(0, 1) for part in (key, value))
        scores = query.transpose(0, 1) @ key.transpose(1, 2) * options["scale"]
        return (scores.masked_fill(~mask, -torch.inf).softmax(-1) @ value).transpose(0, 1)

    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", varlen)
    query, key, value = torch.randn(1, 4, 30, 8), torch.randn(1, 2, 30, 8), torch.randn(1, 2, 30, 8)
    edges = torch.tensor([0, 11, 12, 30], dtype=torch.int32)
    expected, _ = attention.attend(
        torch.nn.Module(),
        query,
        key,
        value,
        None,
        cu_seq_lens_q=edges,
        max_length_q=18,
        scaling=0.3,
        sliding_window=window,
    )
    assert torch.allclose(attention._attend_varlen(query, key, value, edges, 18, 0.3, window), expected, atol=1e-6)


def test_under_autocast_the_kernel_gets_all_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rotation leaves queries and keys in float32 there, and the kernel refuses that."""
    seen: list[torch.dtype] = []

    def attend_one(*given: Any) -> torch.Tensor:
        seen.extend(part.dtype for part in given[:3])
        return torch.zeros_like(given[0])

    monkeypatch.setattr(attention, "_attend_one", attend_one)
    query, key, value = torch.randn(1, 2, 3, 8), torch.randn(1, 2, 3, 8), torch.randn(1, 2, 3, 8).bfloat16()
    edges = torch.tensor([0, 3], dtype=torch.int32)
    with torch.autocast("cpu", torch.bfloat16):
        attention.attend(torch.nn.Module(), query, key, value, None, cu_seq_lens_q=edges, max_length_q=3)
    assert set(seen) == {torch.bfloat16}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("window", [None, 8])
def test_the_kernel_equals_each_session_alone(window: int | None) -> None:
    query, key, value = (torch.randn(1, heads, 30, 64, device="cuda", dtype=torch.bfloat16) for heads in (4, 2, 2))
    edges = torch.tensor([0, 11, 12, 30], dtype=torch.int32, device="cuda")
    options: dict[str, Any] = {"cu_seq_lens_q": edges, "max_length_q": 18, "sliding_window": window}
    half, _ = attention.attend(torch.nn.Module(), query, key, value, None, **options)
    full, _ = attention.attend(torch.nn.Module(), query.float(), key.float(), value.float(), None, **options)
    assert torch.allclose(half.float(), full, atol=2e-2)


def squared(size: Size) -> float:
    return float(size.n_tokens**2)


sizes = st.lists(st.integers(1, 1000), min_size=1, max_size=40).map(
    lambda lengths: [Size(number, n, 1, 0) for number, n in enumerate(lengths)]
)


@given(sizes=sizes, n_ranks=st.integers(1, 8), tokens_per_row=st.integers(1, 2000))
def test_each_session_is_in_one_row_and_rows_are_not_too_long(
    sizes: list[Size], n_ranks: int, tokens_per_row: int
) -> None:
    shares = share_out(sizes, n_ranks, tokens_per_row, squared)
    assert len(shares) == n_ranks
    assert len({len(rows) for rows in shares}) == 1
    rows = [row for rows in shares for row in rows]
    assert sorted(size.number for row in rows for size in row) == list(range(len(sizes)))
    assert all(len(row) <= 1 or sum(size.n_tokens for size in row) <= tokens_per_row for row in rows)
    assert share_out(sizes[::-1], n_ranks, tokens_per_row, squared) == shares


@given(sizes=sizes, n_ranks=st.integers(1, 8), tokens_per_row=st.integers(1, 2000))
def test_no_rank_waits_longer_than_for_one_session_a_turn(sizes: list[Size], n_ranks: int, tokens_per_row: int) -> None:
    shares = share_out(sizes, n_ranks, tokens_per_row, squared)
    found = load(shares, squared)
    assert found.total == sum(map(squared, sizes))
    assert found.total / n_ranks <= found.of_the_busiest <= found.waited_for <= found.total
    dearest = max(map(squared, sizes))
    assert found.of_the_busiest - found.total / n_ranks <= dearest * len(shares[0])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_flops_are_those_that_torch_counts(architecture: str) -> None:
    """Of one session, forward and backward. torch counts all pairs of tokens, the causal half of which is computed."""
    from torch.utils.flop_counter import FlopCounterMode

    model = built(architecture, "eager")
    (example,) = examples((64,))
    with FlopCounterMode(display=False) as counter:
        logits = model(input_ids=torch.tensor([example.ids]), logits_to_keep=torch.tensor(example.trained) - 1).logits
        logits.sum().backward()
    shape = Shape.of(model.config)
    attended = 12 * shape.layers * shape.heads * shape.head_dim
    window = min(shape.window or 64, 64)
    counted = counter.get_total_flops() - attended * (64**2 - window * (64 - window / 2))
    assert flops_per_session(shape, 64, len(example.trained)) == pytest.approx(counted, rel=0.02)


def test_a_shape_is_read_from_a_model() -> None:
    for architecture in ARCHITECTURES:
        model = built(architecture, "eager")
        assert Shape.of(model.config).parameters == model.num_parameters()
