"""Predictions for the test cases of sessions: `python -m ml_jobs.generate --config gen.json`.

Each session's true conversation is read once; all its cases are then written at once (see decode.py), with the same
tokens as asking for each case alone. Judging the answers is evaluation's business.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ml_jobs import chat, models, program
from ml_jobs.branches import Engine, Row
from ml_jobs.cases import AnswerConfig, Asker, Group
from ml_jobs.decode import TreeDecoder
from ml_jobs.parts import Parts
from ml_jobs.program import log

# On a CPU each row looks at every column, its own or not. Two sessions of 2.4k tokens in one loop take 0.7 of the time of one
# after the other; two of 8.7k tokens as long (8 layers of 256).
CPU_TOKENS = 10_000


@dataclass(frozen=True)
class GenerateConfig(AnswerConfig):
    """`model`: a base model's name or a Hugging Face directory. `sessions`: JSON lines as in chat.Session.

    Answers go to `output/part-*.jsonl`: {session_id, step, sample, output, rationale, stop_reason}. `max_tokens` is the
    length of a conversation with its answers, at most what the model was made for; 0 = that. `cores` are this process's own;
    0 = its share of the machine's among `n_shards`.
    """

    model: str
    sessions: Path
    output: Path
    cache: Path
    max_tokens: int = 0
    precision: Literal["fp32", "bf16"] = "fp32"
    engine: Literal["transformers", "vllm"] = "transformers"
    shard: int = 0
    n_shards: int = 1
    cores: int = 0


def main(config: GenerateConfig) -> None:
    """Answers this shard's cases that have no answer yet; each batch is on the disk before the next begins."""
    program.quiet()
    program.share_cores(config.n_shards, config.cores)
    directory = models.resolve(config.model, config.cache)
    sessions = [json.loads(line) for line in config.sessions.open(encoding="utf-8")][config.shard :: config.n_shards]
    parts = Parts(config.output, _fingerprint(config, directory), config.shard, config.n_shards)
    done = parts.resume("session_id", "step", "sample")
    asked = {
        (one["session_id"], step["step"], sample)
        for one in sessions
        for step in one["steps"]
        if step["is_case"]
        for sample in range(config.n_samples)
    }
    if asked <= done:
        return
    engine, asker = load(directory, config)
    groups = (group for session in sessions for group in asker.groups(session, done))
    began, n_rows = time.monotonic(), 0
    for batch in batches(groups, most_tokens(config)):
        engine.run([group.trunk for group in batch])
        rows = [row for group in batch for row in _rows(engine, config, group)]
        parts.append(rows)
        n_rows += len(rows)
        seconds = time.monotonic() - began
        left = seconds / n_rows * (len(asked - done) - n_rows)
        log(f"{n_rows}/{len(asked - done)} answers, {n_rows / seconds:.2f} a second, {left:.0f} s left")


def most_tokens(config: GenerateConfig) -> int:
    """Columns of the cache in one loop: how many sessions are written at once."""
    is_cpu = models.device().type == "cpu" and config.engine == "transformers"
    return min(config.max_cache_tokens, CPU_TOKENS) if is_cpu else config.max_cache_tokens


def batches(groups: Iterable[Group], max_tokens: int) -> Iterator[list[Group]]:
    """Groups to be written in one loop: as many as fit into the cache, at least one."""
    batch: list[Group] = []
    for group in groups:
        if batch and sum(one.n_tokens for one in [*batch, group]) > max_tokens:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def load(directory: Path, config: GenerateConfig) -> tuple[Engine, Asker]:
    """The model and what asks it. Raises ConfigError where the engine is not installed."""
    if config.engine == "vllm":
        from ml_jobs import vllm_engine

        tokenizer = models.load_tokenizer(directory)
        limit = models.context_limit(models.load_config(directory), config.max_tokens)
        return vllm_engine.load(directory, tokenizer, limit, config.precision), Asker(tokenizer, config, limit)
    model, tokenizer = models.load(directory, config.shard)
    text = partial(tokenizer.decode, skip_special_tokens=True)
    is_mixed = models.computes_bfloat16(config.precision)
    decoder = TreeDecoder(model, chat.end_of_turn(tokenizer), text, is_mixed=is_mixed)
    return decoder, Asker(tokenizer, config, models.context_limit(model.config, config.max_tokens))


def _rows(engine: Engine, config: AnswerConfig, group: Group) -> Iterator[dict[str, Any]]:
    for (step, sample), row in zip(group.asked, group.trunk.rows, strict=True):
        yield {"session_id": group.session_id, "step": step, "sample": sample, **_answer(engine, config, row)}


def _answer(engine: Engine, config: AnswerConfig, row: Row) -> dict[str, Any]:
    """What was written; a thought without its tag."""
    texts = [engine.text(reply) for reply in row.replies]
    rationale = texts[0] if len(texts) > 1 else None
    if rationale is not None and row.turns[0].is_part:
        rationale = rationale.split(config.closing.strip())[0]
    return {
        "output": texts[-1].strip(),
        "rationale": rationale and rationale.strip(),
        "stop_reason": row.stop_reason,
    }


def _fingerprint(config: GenerateConfig, directory: Path) -> str:
    """All that the answers depend on: the configuration, the sessions' bytes, the weights."""
    weights = sorted(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in directory.glob("*.safetensors")
    )
    names = {field.name for field in fields(AnswerConfig)} | {"model", "max_tokens", "precision", "engine"}
    asked = {name: value for name, value in asdict(config).items() if name in names - {"max_cache_tokens"}}
    return program.fingerprint(asked, program.file_sha256(config.sessions), weights)


if __name__ == "__main__":
    sys.exit(program.run(__doc__ or "", GenerateConfig, main))
