"""Batch chat completions of a local model: `python -m ml_jobs.complete --config c.json`.

Requests in, answers out: greedy, or drawn with a seed. What is asked and what an answer is worth is known by who asks (the port of language
models in the platform); one conversation with many answers is `generate.py`.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from ml_jobs import chat, models, program
from ml_jobs.branches import Draw, Row, Trunk, Turn, never
from ml_jobs.decode import TreeDecoder
from ml_jobs.parts import Parts
from ml_jobs.program import log


@dataclass(frozen=True)
class CompleteConfig:
    """`model`: a base model's name or a Hugging Face directory. `requests`: JSON lines as in Request.

    Answers go to `output/part-*.jsonl`: {key, text, input_tokens, output_tokens, stop_reason}, where stop_reason is
    end_turn, max_tokens or prompt_too_long (then the text is empty). `cores` as in generate.GenerateConfig.
    """

    model: str
    requests: Path
    output: Path
    cache: Path
    batch_size: int = 16
    shard: int = 0
    n_shards: int = 1
    cores: int = 0


class Request(TypedDict):
    """One completion to write; `key` names it. Drawn with `seed` where there is a `temperature` above 0, else greedy."""

    key: str
    system: str
    messages: list[chat.Turn]
    max_tokens: int
    temperature: NotRequired[float]
    seed: NotRequired[int]


@dataclass(frozen=True)
class Prompt:
    """A request as tokens."""

    key: str
    ids: list[int]
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0


def main(config: CompleteConfig) -> None:
    """Answers this shard's requests that have no answer yet, in batches of about equal length."""
    program.quiet()
    program.share_cores(config.n_shards, config.cores)
    directory = models.resolve(config.model, config.cache)
    requests = [json.loads(line) for line in config.requests.open(encoding="utf-8")][config.shard :: config.n_shards]
    fingerprint = program.fingerprint(config.model, program.file_sha256(config.requests))
    parts = Parts(config.output, fingerprint, config.shard, config.n_shards)
    done = parts.resume("key")
    if todo := [request for request in requests if (request["key"],) not in done]:
        _answer_all(*models.load(directory, config.shard), todo, parts, config.batch_size)


def _answer_all(model: Any, tokenizer: Any, requests: list[Request], parts: Parts, batch_size: int) -> None:
    prompts = sorted((_prompt(tokenizer, request) for request in requests), key=lambda prompt: len(prompt.ids))
    limit = models.context_limit(model.config)
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
    ids = chat.prompt_ids(tokenizer, system + request["messages"])
    return Prompt(request["key"], ids, request["max_tokens"], request.get("temperature", 0.0), request.get("seed", 0))


def complete(model: Any, tokenizer: Any, batch: Sequence[Prompt]) -> list[dict[str, Any]]:
    """Answers to one batch. What its prompts have in common, instructions and examples, is read once."""
    shared = n_shared([prompt.ids for prompt in batch])
    rows = [_branch(prompt, shared) for prompt in batch]
    decoder = TreeDecoder(model, chat.end_of_turn(tokenizer), partial(tokenizer.decode, skip_special_tokens=True))
    decoder.run([Trunk(batch[0].ids[:shared], rows)])
    return [_answer(decoder, prompt, row) for prompt, row in zip(batch, rows, strict=True)]


def _branch(prompt: Prompt, shared: int) -> Row:
    draw = Draw(prompt.temperature, prompt.seed) if prompt.temperature else None
    return Row(shared, [Turn(prompt.max_tokens, never)], pending=prompt.ids[shared:], draw=draw)


def n_shared(sequences: Sequence[list[int]]) -> int:
    """How many tokens all sequences begin with alike: what the first and the last in order have in common, all have.

    >>> n_shared([[1, 2, 3], [1, 2], [1, 2, 4]])
    2
    """
    first, last = min(sequences), max(sequences)
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _answer(decoder: TreeDecoder, prompt: Prompt, row: Row) -> dict[str, Any]:
    """The reply without its end-of-turn token, which counts as a written token all the same."""
    (reply,) = row.replies
    return _row(prompt, decoder.text(reply).strip(), len(reply) + (row.stop_reason == "end_turn"), row.stop_reason)


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
