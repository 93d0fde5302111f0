"""Tiny models with a byte tokenizer and ChatML, made in a second, and sessions as the dataset stage writes them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from ml_jobs import chat
from tests.ml_jobs.dialects import DIALECTS

ARCHITECTURES: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "mistral": (MistralConfig, MistralForCausalLM),
}
# SmolLM2 is a Llama with nine heads and its head tied to its embedding: nothing of it divides by two.
SHAPE = {"hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2}
SMOLLM2 = {"hidden_size": 36, "num_attention_heads": 9, "num_key_value_heads": 3}


def byte_tokenizer() -> PreTrainedTokenizerFast:
    return DIALECTS["chatml"].tokenizer()


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return byte_tokenizer()


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A tiny random model of an architecture, as a directory."""
    made: dict[str, Path] = {}

    def make(architecture: str) -> Path:
        if architecture not in made:
            tokenizer = byte_tokenizer()
            config, model = ARCHITECTURES.get(architecture, ARCHITECTURES["llama"])
            torch.manual_seed(0)
            made[architecture] = tmp_path_factory.mktemp(architecture)
            model(
                config(
                    vocab_size=len(tokenizer),
                    intermediate_size=64,
                    num_hidden_layers=2,
                    max_position_embeddings=4096,
                    tie_word_embeddings=architecture in ("llama", "smollm2"),
                    sliding_window=None,
                    # Large random weights: otherwise a tiny model repeats one token and greedy decoding proves nothing.
                    initializer_range=0.5,
                    **(SMOLLM2 if architecture == "smollm2" else SHAPE),
                )
            ).save_pretrained(made[architecture])
            tokenizer.save_pretrained(made[architecture])
        return made[architecture]

    return make


def session(number: int, n_steps: int = 3, page_letters: int = 60, reasoning: bool = True) -> chat.Session:
    """A made-up session; every step from the second on is a case."""
    steps: list[chat.Step] = []
    for step in range(1, n_steps + 1):
        page = f'<a name="item_{number}_{step}">' + "x" * (page_letters + 7 * step + number) + "</a>"
        rationale: list[chat.Turn] = [
            {"role": "assistant", "content": f"I want item {number}."},
            {"role": "user", "content": "<|end_of_rationale|>"},
        ]
        action = json.dumps({"type": "click", "name": f"item_{number}_{step}"})
        turns: list[chat.Turn] = [
            {"role": "user", "content": page},
            *(rationale if reasoning else []),
            {"role": "assistant", "content": action},
        ]
        steps.append({"step": step, "is_case": step > 1, "turns": turns})
    return {"session_id": f"s{number}", "system": "You shop.", "steps": steps}


def write_sessions(path: Path, sessions: list[chat.Session]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in sessions))
    return path
