"""What a server is asked for a policy's predictions: the paper's baseline prompt, one request a test case. Nothing is sent here.

The true history stands as alternating turns, so each step's request begins with the very messages of the step before: a server's
cache finds them. Where a session grows too long the oldest pages are left out, actions never.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from shopcart_assets.platform.llm import LLMRequest, Message
from shopcart_assets.platform.llm.capabilities import thinking_of
from shopcart_assets.platform.llm.cost import prompt_tokens
from shopcart_assets.platform.llm.keys import Keys
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig

# In the words of ml_jobs.chat, which this side of the process does not import.
LEFT_OUT = "(an earlier page, left out)"
# The paper's length of a session (section 4.3), in estimated tokens.
MOST_TOKENS = 40_000
# So many pages go at once that the next steps begin alike again: the cache is lost once, not at each step.
ENOUGH_TOKENS = 30_000

PLANNED = {
    "session_id": pl.String(),
    "step": pl.Int64(),
    "sample": pl.Int64(),
    "request_key": pl.String(),
    "estimated_tokens": pl.Int64(),
    "max_tokens": pl.Int64(),
    "n_left_out": pl.Int64(),
}
"""Of evaluation.responses, what is known before anything is sent."""


@dataclass(frozen=True)
class Question:
    """One request and the test case that it is for. `tokens` is its estimated length, `n_left_out` how many pages it lacks."""

    session_id: str
    step: int
    request: LLMRequest
    tokens: int
    n_left_out: int


def questions(
    conversations: pl.DataFrame, policy: PolicyConfig, server: ServerConfig, round_: str
) -> Iterator[Question]:
    """The requests for all cases, each session's steps in order, sample by sample: a few are in memory at once.

    `conversations` has session_id and steps (evaluation.local.asked_conversations, prompted).
    """
    asked = server.asked_for(policy.name, str(policy.model))
    room = server.max_output_tokens + thinking_of(asked).head_room_tokens
    temperature = policy.temperature if policy.temperature > 0 else None
    for session_id, told in conversations.select("session_id", "steps").iter_rows():
        session: dict[str, Any] = json.loads(told)
        like = LLMRequest(asked.model, session["system"], (), room, temperature=temperature, round=round_)
        shown = list(_growing(session["steps"], like))
        for sample in range(policy.n_samples):
            for step, messages, tokens, n_left_out in shown:
                request = replace(like, messages=messages, sample_index=sample)
                yield Question(session_id, step, request, tokens, n_left_out)


def plan(conversations: pl.DataFrame, policy: PolicyConfig, server: ServerConfig, round_: str) -> pl.DataFrame:
    """The PLANNED columns of evaluation.responses, in the order of `questions`."""
    keys = Keys()
    rows = [
        (
            one.session_id,
            one.step,
            one.request.sample_index,
            keys(one.request),
            one.tokens,
            one.request.max_tokens,
            one.n_left_out,
        )
        for one in questions(conversations, policy, server, round_)
    ]
    return pl.DataFrame(rows, PLANNED, orient="row")


def shared_tokens(conversations: pl.DataFrame) -> int:
    """About how many tokens all prompts have in common: the instructions."""
    systems = (str(json.loads(steps)["system"]) for steps in conversations["steps"].head(1))
    return max((prompt_tokens(LLMRequest("", system, (), 0)) for system in systems), default=0)


def _growing(steps: list[dict[str, Any]], like: LLMRequest) -> Iterator[tuple[int, tuple[Message, ...], int, int]]:
    """For each test case of a session: its step, what is shown up to its page, how long that is, and how many pages are left out."""
    left_out = Message("user", LEFT_OUT)
    per_page = _tokens(left_out)
    before: list[Message] = []
    sizes: list[int] = []
    tokens, n_left_out = prompt_tokens(like), 0
    for number, step in enumerate(steps):
        page, answer = (Message(turn["role"], turn["content"]) for turn in step["turns"])
        before.append(page)
        sizes.append(_tokens(page))
        tokens += sizes[-1]
        if tokens > MOST_TOKENS:
            while tokens > ENOUGH_TOKENS and n_left_out < number:
                tokens += per_page - sizes[n_left_out]
                before[2 * n_left_out] = left_out
                n_left_out += 1
        if step["is_case"]:
            yield step["step"], tuple(before), tokens, n_left_out
        before.append(answer)
        tokens += _tokens(answer)


def _tokens(message: Message) -> int:
    return prompt_tokens(LLMRequest("", "", (message,), 0)) - prompt_tokens(LLMRequest("", "", (), 0))
