"""Conversations as tokens: rendered by the model's own chat template, with the spans that the assistant wrote.

Here is the one place that decides what carries loss and what is left out of a session that is too long. No models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from jinja2 import TemplateError

from shopcart_assets.dataset.conversation import EMPTY_THOUGHT

# Stands for a page that had to be left out of a long session (paper 3.3: oldest contexts first).
LEFT_OUT = "(an earlier page, left out)"
# Some templates print today's date unless they are given one; a run must not depend on the day.
_FIXED_DATE = "26 Jul 2024"


class ChatError(ValueError):
    """A conversation that this chat template cannot render faithfully, or that does not fit."""


class TooLong(ChatError):
    """A session that does not fit, however many of its pages are left out."""


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
    """Token ids of a conversation, and for each assistant turn its [start, end) with the end-of-turn token included.

    `written`: what of each reply the model has to write itself, so where it carries loss: all but an empty thought. Whoever
    asks for an action without a thought writes the empty one, and a model that is asked to think must not have learned to
    think nothing.
    """

    ids: list[int]
    replies: list[tuple[int, int]]
    written: list[tuple[int, int]]
    n_left_out: int = 0

    @property
    def trained(self) -> list[int]:
        """Positions whose token carries loss."""
        return [place for start, end in self.written for place in range(start, end)]


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
    clean = _clean(tokenizer, turns)
    text = _template(tokenizer, clean)
    spans = [
        _reply(tokenizer, clean[: number + 1], text) for number, turn in enumerate(clean) if turn["role"] == "assistant"
    ]
    written = [(_after_empty_thought(text, start), end) for start, end in spans]
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    offsets = encoded["offset_mapping"]
    return Rendered(encoded["input_ids"], _token_spans(offsets, spans), _token_spans(offsets, written))


def prompt_ids(tokenizer: Any, turns: Sequence[Turn]) -> list[int]:
    """Tokens up to where the assistant begins to write: those that `render` has there, whatever it writes."""
    text = _template(tokenizer, _clean(tokenizer, turns), add_generation_prompt=True)
    # With a letter of a reply: some tokenizers make one token of two line breaks only where nothing follows.
    encoded = tokenizer(f"{text}I", add_special_tokens=False, return_offsets_mapping=True)
    ((end, _),) = _token_spans(encoded["offset_mapping"], [(len(text), len(text) + 1)])
    ids: list[int] = encoded["input_ids"][:end]
    return ids


def fit(tokenizer: Any, session: Session, max_tokens: int) -> Rendered:
    """The session in at most `max_tokens`: pages are left out from the oldest on, the last page and replies never.

    Raises TooLong where even that is too long.
    """
    for n_left_out in range(len(session["steps"])):
        rendered = render(tokenizer, messages(session, n_left_out))
        if len(rendered.ids) <= max_tokens:
            return replace(rendered, n_left_out=n_left_out)
    raise TooLong(f"session {session['session_id']}: its last page and its replies alone exceed {max_tokens} tokens")


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
    try:
        text: str = tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=add_generation_prompt, date_string=_FIXED_DATE
        )
    except TemplateError as error:
        raise ChatError(f"this chat template refuses the conversation: {error}") from error
    return text


def _clean(tokenizer: Any, turns: Sequence[Turn]) -> list[Turn]:
    """The turns as they go into the template: nothing of special tokens in them, and the system prompt where it stays.

    Some templates know no system prompt (Gemma), some move it into the last user turn and so rewrite the conversation with
    each turn (Mistral-7B v0.3). For these it opens the first user turn.
    """
    clean = [_plain(tokenizer, turn) for turn in turns]
    if len(clean) < 2 or clean[0]["role"] != "system" or _keeps_system(tokenizer):
        return clean
    system, first, *rest = clean
    return [{"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}, *rest]


def _keeps_system(tokenizer: Any) -> bool:
    """Whether a system prompt is there, and stays where it is when the conversation goes on."""
    system, asked, said = (Turn(role=role, content=role.upper()) for role in ("system", "user", "assistant"))
    try:
        before = _template(tokenizer, [system, asked], add_generation_prompt=True)
        after = _template(tokenizer, [system, asked, said, asked], add_generation_prompt=True)
    except ChatError:
        return False
    return system["content"] in before and after.startswith(before)


def _reply(tokenizer: Any, turns: Sequence[Turn], text: str) -> tuple[int, int]:
    """Character span in `text` of the last of `turns`, from its first letter to its end-of-turn token."""
    before = _template(tokenizer, turns[:-1], add_generation_prompt=True)
    after = _template(tokenizer, turns).rstrip()
    if not (text.startswith(after) and after.startswith(before)):
        raise ChatError("this chat template rewrites earlier turns, so a session cannot be trained in one pass")
    if after[len(before) :].strip() == turns[-1]["content"]:
        raise ChatError("this chat template does not end a reply with a token, so a model would not learn to stop")
    return len(before), len(after)


def _after_empty_thought(text: str, start: int) -> int:
    """Where a reply that begins at `start` of `text` goes on after its empty thought; `start` where it has none."""
    begins = start + text.startswith(" ", start)
    return begins + len(EMPTY_THOUGHT) if text.startswith(EMPTY_THOUGHT, begins) else start


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
