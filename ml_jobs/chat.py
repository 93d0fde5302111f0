"""Conversations as tokens: rendered by the model's own chat template, with the spans that the assistant wrote.

Here is the one place that decides what carries loss and what is left out of a session that is too long. No models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

# Stands for a page that had to be left out of a long session (paper 3.3: oldest contexts first).
LEFT_OUT = "(an earlier page, left out)"
# Some templates print today's date unless they are given one; a run must not depend on the day.
_FIXED_DATE = "26 Jul 2024"


class ChatError(ValueError):
    """A conversation that this chat template cannot render faithfully, or that does not fit."""


class Turn(TypedDict):
    """One message."""

    role: str
    content: str


class Step(TypedDict):
    """One action of a session: its user and assistant turns. The first turn is the page."""

    step: int
    is_case: bool
    turns: list[Turn]


class Session(TypedDict):
    """One session as `dataset.conversations_*` holds it."""

    session_id: str
    system: str
    steps: list[Step]


@dataclass(frozen=True)
class Rendered:
    """Token ids of a conversation, and for each assistant turn its [start, end) with the end-of-turn token included."""

    ids: list[int]
    replies: list[tuple[int, int]]
    n_left_out: int = 0

    @property
    def trained(self) -> list[int]:
        """Positions whose token carries loss."""
        return [position for start, end in self.replies for position in range(start, end)]


def messages(session: Session, n_left_out: int = 0) -> list[Turn]:
    """The session as one list of messages, the pages of its first `n_left_out` steps replaced by LEFT_OUT."""
    flat: list[Turn] = [{"role": "system", "content": session["system"]}]
    for number, step in enumerate(session["steps"]):
        page, *rest = step["turns"]
        flat += [{**page, "content": LEFT_OUT} if number < n_left_out else page, *rest]
    return flat


def render(tokenizer: Any, turns: Sequence[Turn]) -> Rendered:
    """Tokens and reply spans. The text is the template's own, tokenised once.

    Raises ChatError where a reply's text is not where the template put it when the conversation ended there: then what
    the model would be trained on is not what it is asked later (templates that rewrite history, such as Qwen3's).
    """
    clean = [_plain(tokenizer, turn) for turn in turns]
    text = _template(tokenizer, clean)
    spans = [
        _reply(tokenizer, clean[: number + 1], text) for number, turn in enumerate(clean) if turn["role"] == "assistant"
    ]
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return Rendered(encoded["input_ids"], _token_spans(encoded["offset_mapping"], spans))


def prompt_ids(tokenizer: Any, turns: Sequence[Turn]) -> list[int]:
    """Tokens up to where the assistant begins to write."""
    text = _template(tokenizer, [_plain(tokenizer, turn) for turn in turns], add_generation_prompt=True)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def fit(tokenizer: Any, session: Session, max_tokens: int) -> Rendered:
    """The session in at most `max_tokens`: pages are left out from the oldest on, the last page and replies never.

    Raises ChatError where even that is too long.
    """
    for n_left_out in range(len(session["steps"])):
        rendered = render(tokenizer, messages(session, n_left_out))
        if len(rendered.ids) <= max_tokens:
            return Rendered(rendered.ids, rendered.replies, n_left_out)
    raise ChatError(f"session {session['session_id']}: its last page and its replies alone exceed {max_tokens} tokens")


@dataclass(frozen=True)
class Frame:
    """The rendered text around a conversation's last reply: all that comes before it, and its end of turn."""

    before: str
    after: str


def frame(tokenizer: Any, turns: Sequence[Turn]) -> Frame:
    """What stands around the last of `turns`, a reply. Raises ChatError where the template does not hold it word for word."""
    clean = [_plain(tokenizer, turn) for turn in turns]
    text, reply = _template(tokenizer, clean), clean[-1]["content"]
    start, end = _reply(tokenizer, clean, text)
    if not text.startswith(reply, start):
        raise ChatError("this chat template changes the text of a reply")
    return Frame(text[:start], text[start + len(reply) : end])


def plain(tokenizer: Any, text: str) -> str:
    """The text as it stands in a rendered turn."""
    return _plain(tokenizer, {"role": "", "content": text})["content"]


def end_of_turn(tokenizer: Any) -> int:
    """The token with which this template ends a reply: the last trained one."""
    probe: list[Turn] = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": "a"},
    ]
    rendered = render(tokenizer, probe)
    return rendered.ids[rendered.replies[-1][1] - 1]


def _template(tokenizer: Any, turns: Sequence[Turn], add_generation_prompt: bool = False) -> str:
    text: str = tokenizer.apply_chat_template(
        list(turns), tokenize=False, add_generation_prompt=add_generation_prompt, date_string=_FIXED_DATE
    )
    return text


def _reply(tokenizer: Any, turns: Sequence[Turn], text: str) -> tuple[int, int]:
    """Character span in `text` of the last of `turns`, from its first letter to its end-of-turn token."""
    before = _template(tokenizer, turns[:-1], add_generation_prompt=True)
    after = _template(tokenizer, turns).rstrip()
    if not (text.startswith(after) and after.startswith(before)):
        raise ChatError("this chat template rewrites earlier turns, so a session cannot be trained in one pass")
    if after == (before + turns[-1]["content"]).rstrip():
        raise ChatError("this chat template does not end a reply with a token, so a model would not learn to stop")
    return len(before), len(after)


def _token_spans(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Character spans as token spans. Raises ChatError where a token lies across a span's beginning."""
    starts = {start: number for number, (start, end) in reversed(list(enumerate(offsets))) if end > start}
    ends = {end: number + 1 for number, (start, end) in enumerate(offsets) if end > start}
    try:
        return [(starts[start], ends[end]) for start, end in spans]
    except KeyError:
        raise ChatError("a token lies across the beginning or the end of a reply") from None


def _plain(tokenizer: Any, turn: Turn) -> Turn:
    """The turn without outer white space and with special tokens spelled apart: page text must not end its own turn."""
    content = turn["content"].strip()
    for token in tokenizer.added_tokens_decoder.values():
        if token.special and token.content in content:
            content = content.replace(token.content, f"{token.content[0]} {token.content[1:]}")
    return {"role": turn["role"], "content": content}
