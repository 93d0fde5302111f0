"""A story for a terminal and for Markdown. Layout only."""

import re
from collections.abc import Callable, Iterator

from shopcart_assets.evaluation.story.told import Call, Guess, Step, Story, shortened
from shopcart_assets.privacy.pseudonyms import without_numbers

MARKS: dict[Call, str] = {"right": "✓", "wrong": "✗", "none": "·"}
_SAID, _RATIONALE, _TITLE = 110, 240, 90
"""Characters of an answer, of a rationale and of a title; a page for a browser shows them whole."""

# The UI makes links of bare addresses, whatever they are written with; a character without width in them prevents it.
_JOINER = "\u2060"
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)

PREVIEW_STEPS = 12
"""Steps of a preview; a story may have hundreds, and the log of every run keeps its preview."""


def as_text(story: Story, paint: Callable[[str, Call], str] = lambda text, _: text) -> str:
    """The story as lines. `paint` colours a mark and its verdict by whether the guess was right."""
    return "\n".join([f"session {story.session_id}: {summary(story)}", *_lines(story, paint)])


def summary(story: Story) -> str:
    """How long the session is, how it ended, and who judged it."""
    told = f"{len(story.steps)} steps, ended with {story.outcome}"
    return f"{told}; {len(story.policies)} policies" if story.policies else f"{told}; no policy has been judged on it"


def _lines(story: Story, paint: Callable[[str, Call], str]) -> Iterator[str]:
    width = max(map(len, story.policies), default=0)
    for step in story.steps:
        yield f"\n{step.number:>3}  {shortened(step.title, _TITLE)}"
        yield f"     person: {shortened(step.human, _SAID)}"
        for guess in step.guesses:
            said = f" ({guess.verdict})" if guess.call != "right" else ""
            mark = paint(f"{MARKS[guess.call]} {guess.policy.ljust(width)}", guess.call)
            yield f"     {mark}  {shortened(guess.said, _SAID)}{paint(said, guess.call)}".rstrip()
            if guess.rationale:
                yield f"       {' ' * width}  “{shortened(guess.rationale, _RATIONALE)}”"
    if story.policies:
        yield "\nright: " + ", ".join(f"{name} {story.n_right(name)}/{story.n_cases}" for name in story.policies)


def as_markdown(story: Story, max_steps: int = PREVIEW_STEPS) -> str:
    """The story as Markdown without ids, of its first steps: for the metadata of runs, which no erasure reaches."""
    lines = [f"{_safe(summary(story))}", ""]
    for step in story.steps[:max_steps]:
        lines += [f"**{step.number}. {_safe(shortened(step.title, _TITLE))}**", "", *_items(step), ""]
    if left := len(story.steps) - max_steps:
        lines += [f"*{left} more steps are in the file.*"] if left > 0 else []
    return "\n".join(lines)


def _items(step: Step) -> Iterator[str]:
    yield f"- person: **{_safe(shortened(step.human, _SAID))}**"
    yield from (f"- {MARKS[guess.call]} {_safe(_sentence(guess))}" for guess in step.guesses)


def _sentence(guess: Guess) -> str:
    rationale = f" “{shortened(guess.rationale, _RATIONALE)}”" if guess.rationale else ""
    return f"{guess.policy}: {shortened(guess.said, _SAID)} ({guess.verdict}){rationale}"


def _safe(text: str) -> str:
    """Text in which nothing can be markup, a link or HTML: punctuation as character references; pseudonyms without numbers.

    >>> _safe("[a](b) <i> www.x").replace(_JOINER, "|")
    '&#91;a&#93;&#40;b&#41; &#60;i&#62; www|&#46;x'
    """
    bare = _ADDRESS.sub(_JOINER, without_numbers(text))
    return "".join(char if char == " " or char.isalnum() or not char.isascii() else f"&#{ord(char)};" for char in bare)
