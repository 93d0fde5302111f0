"""Each action of a page as the tokens that a policy would have to write for it. No models; the tries of paths are `likelihood_tree`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_jobs import chat
from shopcart_assets.dataset.conversation import THINK_CLOSE, THINK_OPEN


@dataclass(frozen=True)
class Path:
    """Tokens from a case's prefix on: `n_given` of its own rationale and what lies between, then those that are scored."""

    ids: tuple[int, ...]
    n_given: int


@dataclass(frozen=True)
class Form:
    """The reply that holds an action: `turns` up to it, and the text `head` before the action and `tail` after it."""

    turns: list[chat.Turn]
    head: str
    tail: str


def form(turns: Sequence[chat.Turn], human: str, rationale: str | None = None) -> Form:
    """How a step's action `human` was told, with the policy's own `rationale` in place of the one that was given.

    A fine-tuned policy's action is its whole reply, or what follows its thought; a prompted one's is told as
    `{"action": {...}` with or without a rationale after it. Raises ChatError where the last reply does not hold `human` so.
    """
    *before, last = turns
    reply, prompted = last["content"], '{"action": '
    if reply.endswith(human):
        head, tail = reply[: len(reply) - len(human)], ""
    elif reply.startswith(prompted + human):
        head, tail = prompted, reply[len(prompted + human) :]
    else:
        raise chat.ChatError("a step's last reply does not hold its action, word for word")
    if rationale is None:
        return Form(before, head, tail)
    if len(before) > 1:
        before[1] = {**before[1], "content": rationale}
    elif head.startswith(THINK_OPEN):
        head = f"{THINK_OPEN}{rationale.strip()}{THINK_CLOSE}"
    else:
        raise chat.ChatError("a rationale is given for a step that has no place for one")
    return Form(before, head, tail)


def paths(tokenizer: Any, form: Form, actions: Sequence[str]) -> list[Path]:
    """A path for each action, tokenised with what stands before and after it.

    Scored are the tokens from the one that holds the action's first letter to the end-of-turn token, or, where the reply goes
    on after the action, to the one that holds its last letter. Raises ChatError where a token lies across a reply's beginning.
    """
    # The page and what is before it cannot change a reply's tokens, which `check` proves on each case: no need to read it.
    short: list[chat.Turn] = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, *form.turns[1:]]
    frame = chat.frame(tokenizer, [*short, {"role": "assistant", "content": form.head + "{}" + form.tail}])
    first = len(chat.frame(tokenizer, short[:3]).before) if len(short) > 2 else len(frame.before)
    texts, spans = [], []
    for action in actions:
        begin = len(chat.plain(tokenizer, form.head + "{}")) - len("{}")
        told, end = (chat.plain(tokenizer, form.head + action + tail) for tail in (form.tail, ""))
        texts.append(frame.before + told + frame.after)
        spans.append((len(frame.before) + begin, len(frame.before + end) if form.tail else len(texts[-1])))
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    found = zip(encoded["input_ids"], encoded["offset_mapping"], spans, strict=True)
    return [_cut(ids, offsets, first, *span) for ids, offsets, span in found]


def check(rendered: chat.Rendered, n_prefix: int, human: Path) -> None:
    """Raises ChatError where the true action's path is not what the whole conversation holds at its place."""
    if tuple(rendered.ids[n_prefix : n_prefix + len(human.ids)]) != human.ids:
        raise chat.ChatError(
            "the tokens of a reply depend on the turns before it, so actions cannot be scored beside it"
        )


def _cut(ids: Sequence[int], offsets: Sequence[tuple[int, int]], first: int, begin: int, end: int) -> Path:
    """The tokens from letter `first` on to the one that holds the last letter before `end`; scored from letter `begin` on."""
    start, scored, last = (
        next(number for number, (_, stop) in enumerate(offsets) if stop > letter) for letter in (first, begin, end - 1)
    )
    if offsets[start][0] != first:
        raise chat.ChatError("a token lies across the beginning of a reply")
    return Path(tuple(ids[start : last + 1]), scored - start)
