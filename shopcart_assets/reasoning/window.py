"""Which pages of a journey a request shows: all, as long as they fit; then the oldest are left out, actions never.

Shown as messages, one a step, so that a request begins with the very messages of the step before. Nothing here asks anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shopcart_assets.platform.llm import Message
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.render import block

# The paper's length of a session (section 4.3).
MOST_TOKENS = 40_000
# Asked step by step, so many pages go at once that the next steps begin alike again: a server's cache is lost once, not at each step.
ENOUGH_TOKENS = 30_000
# What a chat template adds to a message, about.
MESSAGE_TOKENS = 4


@dataclass(frozen=True)
class Shown:
    """The messages of a journey, and about how many tokens they have."""

    messages: tuple[Message, ...]
    tokens: int


@dataclass(frozen=True)
class _Block:
    """One step with its page, and without it."""

    whole: Message
    left_out: Message
    tokens: int
    tokens_left_out: int


def growing(journey: Sequence[Step], page_tokens: int | None) -> Iterator[Shown]:
    """For each step what is shown up to it: a function of the steps up to it alone."""
    blocks: list[_Block] = []
    n_left_out = 0
    for number, step in enumerate(journey, 1):
        blocks.append(_block(number, step, page_tokens))
        if _tokens(blocks, n_left_out) > MOST_TOKENS:
            n_left_out = _fewest(blocks, n_left_out, ENOUGH_TOKENS)
        yield _shown(blocks, n_left_out)


def whole(journey: Sequence[Step], page_tokens: int | None) -> Shown:
    """All steps of a journey at once, with as many of the last pages as fit."""
    blocks = [_block(number, step, page_tokens) for number, step in enumerate(journey, 1)]
    return _shown(blocks, _fewest(blocks, 0, MOST_TOKENS))


def message(text: str) -> tuple[Message, int]:
    """A message from the user, and about how many tokens it has."""
    return Message("user", text), estimate_tokens(text) + MESSAGE_TOKENS


def _block(number: int, step: Step, page_tokens: int | None) -> _Block:
    shown, tokens = message(block(number, step, page_tokens))
    left_out, tokens_left_out = message(block(number, step, page_tokens, is_left_out=True))
    return _Block(shown, left_out, tokens, tokens_left_out)


def _fewest(blocks: Sequence[_Block], n_left_out: int, most: int) -> int:
    """The smallest number of oldest pages, from `n_left_out` on, without which the rest fits; the last page always stays."""
    tokens = _tokens(blocks, n_left_out)
    while tokens > most and n_left_out < len(blocks) - 1:
        tokens -= blocks[n_left_out].tokens - blocks[n_left_out].tokens_left_out
        n_left_out += 1
    return n_left_out


def _tokens(blocks: Sequence[_Block], n_left_out: int) -> int:
    return sum(one.tokens_left_out for one in blocks[:n_left_out]) + sum(one.tokens for one in blocks[n_left_out:])


def _shown(blocks: Sequence[_Block], n_left_out: int) -> Shown:
    messages = (*(one.left_out for one in blocks[:n_left_out]), *(one.whole for one in blocks[n_left_out:]))
    return Shown(messages, _tokens(blocks, n_left_out))
