"""Batch chat completions of a local model: `python -m ml_jobs.complete --config c.json`.

Requests in, answers out, greedy. What is asked and what an answer is worth is known by who asks (the port of language
models in the platform); one conversation with many answers is `generate.py`.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import torch

from ml_jobs import chat, models, program
from ml_jobs.parts import Parts
from ml_jobs.program import log


@dataclass(frozen=True)
class CompleteConfig:
    """`model`: a base model's name or a Hugging Face directory. `requests`: JSON lines as in Request.

    Answers go to `output/part-*.jsonl`: {key, text, input_tokens, output_tokens, stop_reason}, where stop_reason is
    end_turn, max_tokens or prompt_too_long (then the text is empty).
    """

    model: str
    requests: Path
    output: Path
    cache: Path
    batch_size: int = 8
    shard: int = 0
    n_shards: int = 1


class Request(TypedDict):
    """One completion to write; `key` names it."""

    key: str
    system: str
    messages: list[chat.Turn]
    max_tokens: int


@dataclass(frozen=True)
class Prompt:
    """A request as tokens."""

    key: str
    ids: list[int]
    max_tokens: int


def main(config: CompleteConfig) -> None:
    """Answers this shard's requests that have no answer yet, in batches of about equal length."""
    program.quiet()
    program.share_cores(config.n_shards)
    directory = models.resolve(config.model, config.cache)
    requests = [json.loads(line) for line in config.requests.open(encoding="utf-8")][config.shard :: config.n_shards]
    fingerprint = program.fingerprint(config.model, program.file_sha256(config.requests))
    parts = Parts(config.output, fingerprint, config.shard, config.n_shards)
    done = parts.resume("key", {request["key"]: 1 for request in requests})
    if todo := [request for request in requests if request["key"] not in done]:
        _answer_all(*models.load(directory), todo, parts, config.batch_size)


def _answer_all(model: Any, tokenizer: Any, requests: list[Request], parts: Parts, batch_size: int) -> None:
    prompts = sorted((_prompt(tokenizer, request) for request in requests), key=lambda prompt: len(prompt.ids))
    limit = models.context_limit(model)
    fitting = [prompt for prompt in prompts if len(prompt.ids) + prompt.max_tokens <= limit]
    parts.append([_row(prompt, "", 0, "prompt_too_long") for prompt in prompts[len(fitting) :]])
    began, n_tokens = time.monotonic(), 0
    for start in range(0, len(fitting), batch_size):
        batch = fitting[start : start + batch_size]
        rows = complete(model, tokenizer, batch)
        parts.append(rows)
        n_done, seconds = start + len(batch), time.monotonic() - began
        n_tokens += sum(row["output_tokens"] for row in rows)
        left = seconds / n_done * (len(fitting) - n_done)
        log(f"{n_done}/{len(fitting)} answers, {n_tokens / seconds:.0f} tokens/s written, {left:.0f} s left")


def _prompt(tokenizer: Any, request: Request) -> Prompt:
    system: list[chat.Turn] = [{"role": "system", "content": request["system"]}] if request["system"] else []
    return Prompt(request["key"], chat.prompt_ids(tokenizer, system + request["messages"]), request["max_tokens"])


def complete(model: Any, tokenizer: Any, batch: Sequence[Prompt]) -> list[dict[str, Any]]:
    """Greedy answers to one batch, padded on the left."""
    end = chat.end_of_turn(tokenizer)
    width = max(len(prompt.ids) for prompt in batch)
    padded = [[end] * (width - len(prompt.ids)) + prompt.ids for prompt in batch]
    seen = [[0] * (width - len(prompt.ids)) + [1] * len(prompt.ids) for prompt in batch]
    with torch.inference_mode():
        written = model.generate(
            input_ids=torch.tensor(padded, device=model.device),
            attention_mask=torch.tensor(seen, device=model.device),
            max_new_tokens=max(prompt.max_tokens for prompt in batch),
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
        )[:, width:].tolist()
    return [_answer(tokenizer, prompt, ids, end) for prompt, ids in zip(batch, written, strict=True)]


def _answer(tokenizer: Any, prompt: Prompt, ids: list[int], end: int) -> dict[str, Any]:
    """Up to the end of the turn, which counts as a written token, or to the request's own limit."""
    is_ended = end in ids[: prompt.max_tokens]
    kept = ids[: ids.index(end)] if is_ended else ids[: prompt.max_tokens]
    text = tokenizer.decode(kept, skip_special_tokens=True).strip()
    return _row(prompt, text, len(kept) + is_ended, "end_turn" if is_ended else "max_tokens")


def _row(prompt: Prompt, text: str, n_written: int, stop_reason: str) -> dict[str, Any]:
    return {
        "key": prompt.key,
        "text": text,
        "input_tokens": len(prompt.ids),
        "output_tokens": n_written,
        "stop_reason": stop_reason,
    }


if __name__ == "__main__":
    sys.exit(program.run(__doc__ or "", CompleteConfig, main))
