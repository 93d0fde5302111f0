"""A model's shape, and the FLOPs that a session costs it: the one place that counts them.

Who is busy with how much (`packing.py`) and how long a run takes (`estimate.py`) both ask here. No weights, no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """What decides a decoder-only model's size: sizes of vectors, numbers of layers and heads.

    `window`: how many tokens back, its own included, a token attends to; None for all.
    """

    vocab: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    is_tied: bool
    has_qkv_bias: bool = False
    window: int | None = None

    @classmethod
    def of(cls, config: Any) -> "Shape":
        """Of a model's Hugging Face configuration. Older kinds have as many keys as heads and a fourfold MLP."""
        return cls(
            vocab=config.vocab_size,
            hidden=config.hidden_size,
            layers=config.num_hidden_layers,
            heads=config.num_attention_heads,
            kv_heads=getattr(config, "num_key_value_heads", None) or config.num_attention_heads,
            head_dim=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
            intermediate=getattr(config, "intermediate_size", None) or 4 * config.hidden_size,
            is_tied=config.tie_word_embeddings,
            has_qkv_bias=config.model_type == "qwen2",
            window=getattr(config, "sliding_window", None),
        )

    @property
    def matmul_parameters(self) -> int:
        """Parameters that each token is multiplied with: the layers' and the head's, not the input embedding's."""
        return self.layers * self._layer_matmul + self.vocab * self.hidden

    @property
    def parameters(self) -> int:
        """All parameters; tied embeddings count once."""
        embeddings = self.vocab * self.hidden * (1 if self.is_tied else 2)
        bias = (self.heads + 2 * self.kv_heads) * self.head_dim if self.has_qkv_bias else 0
        return self.layers * (self._layer_matmul + 2 * self.hidden + bias) + self.hidden + embeddings

    def adapter_parameters(self, rank: int) -> int:
        """Parameters of LoRA adapters on all linear layers but the head: rank x (inputs + outputs) each."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = 2 * (self.hidden + queries) + 2 * (self.hidden + keys)
        return self.layers * rank * (attention + 3 * (self.hidden + self.intermediate))

    @property
    def _layer_matmul(self) -> int:
        attention = self.hidden * self.head_dim * (2 * self.heads + 2 * self.kv_heads)
        return attention + 3 * self.hidden * self.intermediate


# Read from the models' published config.json.
SHAPES: Mapping[str, Shape] = {
    "Qwen/Qwen2.5-7B-Instruct": Shape(152_064, 3584, 28, 28, 4, 128, 18_944, False, True),
    "Qwen/Qwen2.5-3B-Instruct": Shape(151_936, 2048, 36, 16, 2, 128, 11_008, True, True),
    "Qwen/Qwen2.5-1.5B-Instruct": Shape(151_936, 1536, 28, 12, 2, 128, 8960, True, True),
    "mistralai/Mistral-7B-Instruct-v0.3": Shape(32_768, 4096, 32, 32, 8, 128, 14_336, False),
    "meta-llama/Llama-3.2-3B-Instruct": Shape(128_256, 3072, 28, 24, 8, 128, 8192, True),
    "meta-llama/Llama-3.2-1B-Instruct": Shape(128_256, 2048, 16, 32, 8, 64, 8192, True),
    "smollm2-135m": Shape(49_152, 576, 30, 9, 3, 64, 1536, True),
    "tiny-random": Shape(49_152, 16, 2, 2, 1, 8, 64, False),
}


def flops_per_session(shape: Shape, n_tokens: float, n_trained: float, *, is_frozen: bool = False) -> float:
    """Model FLOPs of one session, forward and backward.

    6 a parameter and token; 12 x layers x width of all heads a pair of tokens that attend to each other; and the head, of
    the `n_trained` tokens only. Recomputation under checkpointing is not model FLOPs: it lowers MFU instead. Where the
    weights are frozen (LoRA) nobody computes their gradients: 4 a parameter and token, and the adapters are not counted.

    >>> small = Shape(vocab=10, hidden=4, layers=1, heads=1, kv_heads=1, head_dim=4, intermediate=8, is_tied=True)
    >>> flops_per_session(small, 2, 1)  # 6 * (2 * 160 + 1 * 40) + 12 * 4 * (2 * 2 / 2)
    2256.0
    """
    layers = shape.matmul_parameters - shape.vocab * shape.hidden
    matmul = (4 if is_frozen else 6) * (n_tokens * layers + n_trained * shape.vocab * shape.hidden)
    window = min(n_tokens, shape.window or n_tokens)
    pairs = window * (n_tokens - window / 2)
    return matmul + 12 * shape.layers * shape.heads * shape.head_dim * pairs
