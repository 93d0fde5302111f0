"""Predictions for the test cases of sessions: `python -m ml_jobs.generate --config gen.json`.

Each session's true conversation is read once; all its cases are then written at once (see decode.py), with the same
tokens as asking for each case alone. Judging the answers is evaluation's business.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from ml_jobs import chat, models, program
from ml_jobs.decode import Row, StopReason, TreeDecoder, Turn
from ml_jobs.parts import Parts
from ml_jobs.program import log

# --- configuration ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GenerateConfig:
    """`model`: a base model's name or a Hugging Face directory. `sessions`: JSON lines as in chat.Session.

    Answers go to `output/part-*.jsonl`: {session_id, step, output, rationale, stop_reason}. `max_tokens` is the length of a
    conversation with its answers, 0 = what the model was made for. `max_cache_tokens` bounds memory: rows are written in
    groups whose trunk and answers stay below it.
    """

    model: str
    sessions: Path
    output: Path
    cache: Path
    max_tokens: int = 0
    max_rationale_tokens: int = 48
    max_action_tokens: int = 64
    max_cache_tokens: int = 100_000
    precision: Literal["fp32", "bf16"] = "fp32"
    shard: int = 0
    n_shards: int = 1


# --- cases --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One step to predict: its true conversation, as much of it as fits, and which replies of it are to be written."""

    step: int
    rendered: chat.Rendered
    n_replies: int

    @property
    def n_prefix(self) -> int:
        """Tokens that the model has read when it begins to write."""
        return self.rendered.replies[-self.n_replies][0]

    @property
    def prefix(self) -> list[int]:
        """What the model has read when it begins to write."""
        return self.rendered.ids[: self.n_prefix]


def case(session: chat.Session, number: int, tokenizer: Any, max_prefix_tokens: int) -> Case:
    """The case at `session["steps"][number]`; pages are left out of its history only where it would not fit with them.

    Raises ChatError where it does not fit without them either.
    """
    until: chat.Session = {**session, "steps": session["steps"][: number + 1]}
    step = until["steps"][-1]
    n_replies = sum(turn["role"] == "assistant" for turn in step["turns"])
    return Case(step["step"], chat.fit(tokenizer, until, max_prefix_tokens), n_replies)


def branch(case: Case, config: GenerateConfig) -> Row:
    """The case as a branch: a rationale for each reply but the last, then the action."""
    replies, ids = case.rendered.replies[-case.n_replies :], case.rendered.ids
    # From a reply's end-of-turn token to the next reply's first: the fixed user turn between them.
    bridges = [ids[end - 1 : start] for (_, end), (start, _) in pairwise(replies)]
    rationales = [Turn(config.max_rationale_tokens, lambda text: False, bridge) for bridge in bridges]
    return Row(case.n_prefix, [*rationales, Turn(config.max_action_tokens, closes_object)])


def closes_object(text: str) -> bool:
    """Whether the first JSON object of `text` is whole; nothing after it can count.

    >>> closes_object('{"type": "click", "name": "a}'), closes_object('{"action": {"type": "terminate"}}')
    (False, True)
    """
    start = text.find("{")
    if start < 0 or "}" not in text:
        return False
    try:
        json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    return True


# --- one session ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answerer:
    """A loaded model that answers the cases of one session after the other."""

    tokenizer: Any
    decoder: TreeDecoder
    max_prefix_tokens: int
    config: GenerateConfig
    is_mixed: bool

    def rows(self, session: chat.Session) -> list[dict[str, Any]]:
        """One row a case, in the order of steps. A case that has no room for an answer gets an empty one."""
        fitting, rows = [], []
        for number, step in enumerate(session["steps"]):
            if step["is_case"]:
                try:
                    fitting.append(case(session, number, self.tokenizer, self.max_prefix_tokens))
                except chat.ChatError as error:
                    log(f"no room for an answer: {error}")
                    rows.append(_row(step["step"], [""], "max_tokens"))
        for chunk in _chunks(fitting, self.config):
            rows += self._answer(chunk)
        return [{"session_id": session["session_id"], **row} for row in sorted(rows, key=lambda row: row["step"])]

    def _answer(self, chunk: list[Case]) -> list[dict[str, Any]]:
        branches = [branch(case, self.config) for case in chunk]
        self.decoder.run(chunk[-1].prefix, branches, is_mixed=self.is_mixed)
        return [
            _row(case.step, [self.decoder.text(reply).strip() for reply in one.replies], one.stop_reason)
            for case, one in zip(chunk, branches, strict=True)
        ]


def _row(step: int, texts: list[str], stop_reason: StopReason) -> dict[str, Any]:
    rationale = texts[0] if len(texts) > 1 else None
    return {"step": step, "output": texts[-1], "rationale": rationale, "stop_reason": stop_reason}


def _chunks(asked: list[Case], config: GenerateConfig) -> Iterator[list[Case]]:
    """Cases that can share a trunk, the prefix of the last of them: each continues the one before, and all fit in memory."""
    chunk: list[Case] = []
    n_answers = 0
    for case in asked:
        n_answer = len(case.rendered.ids) - case.n_prefix + config.max_rationale_tokens + config.max_action_tokens
        is_longer = chunk and case.rendered.ids[: chunk[-1].n_prefix] == chunk[-1].prefix
        if chunk and not (is_longer and case.n_prefix + n_answers + n_answer <= config.max_cache_tokens):
            yield chunk
            chunk, n_answers = [], 0
        chunk.append(case)
        n_answers += n_answer
    if chunk:
        yield chunk


# --- the program -----------------------------------------------------------------------------------------------------------


def main(config: GenerateConfig) -> None:
    """Answers this shard's sessions that have no answers yet, one after the other."""
    program.quiet()
    program.share_cores(config.n_shards)
    directory = models.resolve(config.model, config.cache)
    sessions = [json.loads(line) for line in config.sessions.open(encoding="utf-8")][config.shard :: config.n_shards]
    asked = {one["session_id"]: sum(step["is_case"] for step in one["steps"]) for one in sessions}
    parts = Parts(config.output, _fingerprint(config, directory), config.shard, config.n_shards)
    done = parts.resume("session_id", asked)
    todo = [one for one in sessions if one["session_id"] not in done and asked[one["session_id"]]]
    if not todo:
        return
    answerer = _load(directory, config)
    began, n_cases = time.monotonic(), 0
    for number, session in enumerate(todo, 1):
        rows = answerer.rows(session)
        parts.append(rows)
        n_cases += len(rows)
        seconds = time.monotonic() - began
        left = seconds / number * (len(todo) - number)
        log(f"session {number}/{len(todo)}: {n_cases} cases, {n_cases / seconds:.2f} cases/s, {left:.0f} s left")


def _load(directory: Path, config: GenerateConfig) -> Answerer:
    model, tokenizer = models.load(directory)
    text = partial(tokenizer.decode, skip_special_tokens=True)
    room = (config.max_tokens or models.context_limit(model)) - config.max_rationale_tokens - config.max_action_tokens
    decoder = TreeDecoder(model, chat.end_of_turn(tokenizer), text)
    return Answerer(tokenizer, decoder, room, config, models.computes_bfloat16(config.precision))


def _fingerprint(config: GenerateConfig, directory: Path) -> str:
    """All that the answers depend on: the configuration, the sessions' bytes, the weights."""
    weights = sorted(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in directory.glob("*.safetensors")
    )
    asked = {
        name: getattr(config, name)
        for name in ("model", "max_tokens", "max_rationale_tokens", "max_action_tokens", "precision")
    }
    return program.fingerprint(asked, program.file_sha256(config.sessions), weights)


if __name__ == "__main__":
    sys.exit(program.run(__doc__ or "", GenerateConfig, main))
