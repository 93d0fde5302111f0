"""What the contenders train on: made-up sessions of a wanted length, and a small model that is mostly layers.

No shop, no catalogue: only the number of tokens and the share of them that carries loss matter here.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ml_jobs import chat
from ml_jobs.lengths import draw

_WORDS = ("item", "price", "stars", "click", "reviews", "brand", "large", "blue", "cart", "add", "delivery", "results")


def packing_lengths(n_sessions: int, max_tokens: int) -> list[int]:
    """Evenly spaced quantiles of the paper's spread, scaled down so that its longest session has `max_tokens`."""
    drawn = sorted(one.n_tokens for one in draw(4_000, max_tokens // 10, max_tokens, 0))
    return [drawn[round((number + 0.5) / n_sessions * len(drawn))] for number in range(n_sessions)]


def write_sessions(path: Path, tokenizer: Any, lengths: Sequence[int], seed: int, step_tokens: int = 500) -> Path:
    """One session for each length in tokens, none longer, shorter by a few; two replies in about every `step_tokens`."""
    with path.open("w", encoding="utf-8") as file:
        for number, length in enumerate(lengths):
            random_ = random.Random(seed * 1_000_003 + number)
            file.write(json.dumps(_session(tokenizer, number, length, max(2, length // step_tokens), random_)) + "\n")
    return path


def _session(tokenizer: Any, number: int, length: int, n_steps: int, random_: random.Random) -> chat.Session:

    def filled(n_words: int) -> chat.Session:
        steps = [_step(step, " ".join(random_.choices(_WORDS, k=n_words))) for step in range(1, n_steps + 1)]
        return {"session_id": f"s{number}", "system": "You shop.", "steps": steps}

    def tokens(session: chat.Session) -> int:
        return len(chat.render(tokenizer, chat.messages(session)).ids)

    # Words have about equally many tokens, so two sizes tell how many are needed; a word too many is taken back.
    few, many = tokens(filled(10)), tokens(filled(60))
    n_words = max(1, int(10 + 50 * (length - few) / (many - few)))
    while tokens(session := filled(n_words)) > length and n_words > 1:
        n_words = max(1, int(n_words * 0.99) - 1)
    return session


def _step(step: int, page: str) -> chat.Step:
    action = json.dumps({"type": "click", "name": f"results.item_{step}"})
    turns: list[chat.Turn] = [
        {"role": "user", "content": f"<h1>Results</h1> {page}"},
        {"role": "assistant", "content": f"I want to see item {step}."},
        {"role": "user", "content": "<|end_of_rationale|>"},
        {"role": "assistant", "content": action},
    ]
    return {"step": step, "is_case": step > 1, "turns": turns}


def layered_model(
    target: Path, tokenizer: Any, max_tokens: int, n_layers: int, hidden: int, *, is_varied: bool = False
) -> Path:
    """Random weights, with `tokenizer`'s vocabulary; seeded. Where answers are to be compared they must vary: then weights
    are large, and the head is not tied to the embedding, which would repeat the last token."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=4 * hidden,
        num_hidden_layers=n_layers,
        num_attention_heads=hidden // 32,
        num_key_value_heads=hidden // 64,
        max_position_embeddings=max_tokens,
        tie_word_embeddings=not is_varied,
        initializer_range=0.2 if is_varied else 0.02,
    )
    LlamaForCausalLM(config).save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target
