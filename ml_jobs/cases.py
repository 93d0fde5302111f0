"""The cases of a session as tokens: which conversations share a trunk, and what branches from it. No models."""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from ml_jobs import chat
from ml_jobs.branches import Draw, Row, Trunk, Turn, never
from ml_jobs.program import ConfigError, log

Key = tuple[Any, ...]
"""(session_id, step, sample) of a row."""
# What stands around the tags of a thought.
_WORDS, _ACTION = "I want", '{"type"'


@dataclass(frozen=True, kw_only=True)
class AnswerConfig:
    """What an answer to a case is, in tokens at most.

    `opening` is written for the model at the beginning of each answer. `closing` ends a thought inside the answer: what
    comes before it is the rationale; after `max_rationale_tokens` it is written for the model. `n_samples` answers to a case
    are drawn at `temperature` with seeds made from `seed`; at 0 the one answer is greedy. `max_cache_tokens` bounds memory:
    trunks and answers that are in it at the same time.
    """

    max_rationale_tokens: int = 48
    max_action_tokens: int = 64
    max_cache_tokens: int = 100_000
    opening: str = ""
    closing: str = ""
    n_samples: int = 1
    temperature: float = 0.0
    seed: int = 0


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


@dataclass(frozen=True)
class Group:
    """Cases of one session that share a trunk; `asked` is step and sample of each of its rows."""

    session_id: str
    asked: list[tuple[int, int]]
    trunk: Trunk

    @property
    def n_tokens(self) -> int:
        """Columns of the cache that it may come to."""
        return len(self.trunk.ids) + sum(row.most_tokens for row in self.trunk.rows)


class Asker:
    """Makes groups of sessions. `max_tokens` is the length of a conversation with its answers."""

    def __init__(self, tokenizer: Any, config: AnswerConfig, max_tokens: int) -> None:
        """Raises ConfigError where a tag is no row of whole tokens, or greedy answers are asked for more than once."""
        if config.n_samples > 1 and config.temperature <= 0:
            raise ConfigError("n_samples above 1 need a temperature above 0: greedy answers are all the same")
        self.tokenizer, self.config = tokenizer, config
        self.opening = _tag(tokenizer, "", config.opening, _WORDS if config.closing else _ACTION)
        self.closing = _tag(tokenizer, _WORDS, config.closing, _ACTION)
        n_tags = len(self.opening) + len(self.closing)
        self.room = max_tokens - config.max_rationale_tokens - config.max_action_tokens - n_tags

    def groups(self, session: chat.Session, done: Collection[Key] = ()) -> Iterator[Group]:
        """The session's cases and samples that are not `done`, in order; those without room for an answer have an empty one."""
        trunk, asked = Trunk([], []), list[tuple[int, int]]()
        for case, step in self._cases(session):
            for sample in range(self.config.n_samples):
                key = (session["session_id"], step, sample)
                if key in done:
                    continue
                row = self.row(case, key) if case else _no_room()
                prefix = case.prefix if case else []
                n_tokens = len(prefix) + row.most_tokens + sum(other.most_tokens for other in trunk.rows)
                is_longer = prefix[: len(trunk.ids)] == trunk.ids
                if asked and not (is_longer and n_tokens <= self.config.max_cache_tokens):
                    yield Group(session["session_id"], asked, trunk)
                    trunk, asked = Trunk([], []), []
                trunk = Trunk(prefix, [*trunk.rows, row])
                asked.append((step, sample))
        if asked:
            yield Group(session["session_id"], asked, trunk)

    def _cases(self, session: chat.Session) -> Iterator[tuple[Case | None, int]]:
        """Each case of the session, None where it has no room, and its step."""
        for number, step in enumerate(session["steps"]):
            if step["is_case"]:
                try:
                    yield case(session, number, self.tokenizer, self.room), step["step"]
                except chat.TooLong as error:
                    log(f"no room for an answer: {error}")
                    yield None, step["step"]

    def row(self, case: Case, key: Key) -> Row:
        """The case as a branch: a rationale for each reply but the last, or a thought, then the action."""
        config = self.config
        replies, ids = case.rendered.replies[-case.n_replies :], case.rendered.ids
        # From a reply's end-of-turn token to the next reply's first: the fixed user turn between them.
        bridges = [ids[end - 1 : start] for (_, end), (start, _) in pairwise(replies)]
        turns = [Turn(config.max_rationale_tokens, never, bridge) for bridge in bridges]
        if config.closing:
            turns.append(Turn(config.max_rationale_tokens, partial(closes, config.closing), self.closing, is_part=True))
        draw = Draw(config.temperature, seed(config.seed, *key)) if config.temperature else None
        action = Turn(config.max_action_tokens, closes_object)
        return Row(case.n_prefix, [*turns, action], pending=list(self.opening), draw=draw)


def case(session: chat.Session, number: int, tokenizer: Any, max_prefix_tokens: int) -> Case:
    """The case at `session["steps"][number]`; pages are left out of its history only where it would not fit with them.

    Raises TooLong where it does not fit without them either.
    """
    until: chat.Session = {**session, "steps": session["steps"][: number + 1]}
    step = until["steps"][-1]
    n_replies = sum(turn["role"] == "assistant" for turn in step["turns"])
    return Case(step["step"], chat.fit(tokenizer, until, max_prefix_tokens), n_replies)


def seed(*parts: object) -> int:
    """A seed of 63 bits from values that say what it is for.

    >>> seed(0, "s1", 2, 0) == seed(0, "s1", 2, 0) != seed(0, "s1", 2, 1)
    True
    """
    return int.from_bytes(hashlib.sha256(json.dumps(parts).encode()).digest()[:8], "big") >> 1


def closes(tag: str, text: str) -> bool:
    """Whether a thought is over: `tag` is in it, with or without the white space around.

    >>> closes("\\n</think>\\n\\n", "I want it.</think>"), closes("</think>", "I want it.</")
    (True, False)
    """
    return tag.strip() in text


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


def _no_room() -> Row:
    return Row(0, [Turn(0, never)], stop_reason="max_tokens", is_done=True)


def _tag(tokenizer: Any, before: str, tag: str, after: str) -> list[int]:
    """The tokens of `tag` as they are inside a reply, between `before` and `after`: next to other letters they may be others."""
    if not tag:
        return []
    turns: list[chat.Turn] = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": before + tag + after},
    ]
    rendered = chat.render(tokenizer, turns)
    start, end = rendered.replies[-1]
    ids = rendered.ids[start : end - 1]
    lengths = {tokenizer.decode(ids[:n]).lstrip(" "): n for n in reversed(range(len(ids) + 1))}
    if before not in lengths or before + tag not in lengths:
        raise ConfigError(f"this tokenizer has no whole tokens for {tag!r} inside a reply")
    return ids[lengths[before] : lengths[before + tag]]
