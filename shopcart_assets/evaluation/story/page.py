"""Stories for a browser: a page a session and an index of them, each one HTML file that needs nothing else.

What a page or a model said is escaped by the templates; simplified pages stand in frames that run nothing (`shown`).
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from shopcart_assets.evaluation.story.shown import PERSON, Shown, shown
from shopcart_assets.evaluation.story.text import MARKS, summary
from shopcart_assets.evaluation.story.told import KINDS, Call, Guess, Step, Story
from shopcart_assets.platform.drawing.colours import HUMAN, STYLE, Look

WRONG = KINDS[1:-1]


@dataclass(frozen=True)
class Answer:
    """What one or more policies said, word for word the same, at one step. `place`: its element's id in the frame, or empty."""

    said: str
    verdict: str
    call: Call
    guesses: tuple[Guess, ...]
    place: str


@dataclass(frozen=True)
class Scene:
    """A step as its section shows it. `address`: the frame's, empty without a page; `place`: the person's element in it, or empty."""

    step: Step
    address: str
    place: str
    answers: tuple[Answer, ...]


def scene(step: Step, look: Mapping[str, Look]) -> Scene:
    """The step with its page marked; what is right first, then what most policies said."""
    marks: dict[str, list[Look]] = {step.target: [PERSON]} if step.target else {}
    for guess in step.guesses:
        if guess.target:
            marks.setdefault(guess.target, []).append(look[guess.policy])
    drawn = shown(step.page, marks) if step.page else Shown("", {})
    grouped: dict[tuple[str, str, Call, str | None], list[Guess]] = {}
    for guess in step.guesses:
        grouped.setdefault((guess.said, guess.verdict, guess.call, guess.target), []).append(guess)
    answers = [
        Answer(said, verdict, call, tuple(guesses), drawn.ids.get(target or "", ""))
        for (said, verdict, call, target), guesses in grouped.items()
    ]
    order = {"right": 0, "wrong": 1, "none": 2}
    answers.sort(key=lambda one: (order[one.call], -len(one.guesses)))
    address = f"data:text/html;charset=utf-8,{drawn.document}" if step.page else ""
    return Scene(step, address, drawn.ids.get(step.target or "", ""), tuple(answers))


def session_page(story: Story, look: Mapping[str, Look], index: str | None = None) -> str:
    """A session's page, with a link to the index where there is one. Equal stories give equal bytes."""
    scenes = [scene(step, look) for step in story.steps]
    return _render("session", story=story, scenes=scenes, look=look, index=index)


@dataclass(frozen=True)
class Line:
    """A session's line of the index: `cases` has for each step that policies are asked about one digit a policy, its place in KINDS."""

    session_id: str
    why: str
    href: str
    outcome: str
    n_steps: int
    cases: Sequence[tuple[int, str]]


def line(story: Story, why: str, href: str) -> Line:
    """The story's line. `href`: its page, as the index links to it."""
    cases = [
        (step.number, "".join(str(KINDS.index(guess.kind)) for guess in step.guesses))
        for step in story.steps
        if step.number > 1
    ]
    return Line(story.session_id, why, href, story.outcome, len(story.steps), cases)


def index_page(lines: Iterable[Line], look: Mapping[str, Look], *, n_tests: int, n_sample: int) -> str:
    """The index: how often each policy is right and wrong in these sessions, and which steps these are."""
    told = list(lines)
    counts = {
        name: [sum(digits[place] == str(kind) for one in told for _, digits in one.cases) for kind in range(len(KINDS))]
        for place, name in enumerate(look)
    }
    shares = {"lines": told, "counts": counts, "n_tests": n_tests, "n_sample": n_sample}
    return _render("index", look=look, kinds=KINDS, wrong=WRONG, **shares)


def _render(template: str, **values: Any) -> str:
    environment = _environment()
    script = environment.get_template(f"{template}.script.j2").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    common = {"script": script, "script_sha256": digest, "human": HUMAN, "palette": STYLE, "marks": MARKS}
    page: str = environment.get_template(f"{template}.html.j2").render(**common, **values)
    return page


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("shopcart_assets.evaluation.story", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["summary"] = summary
    return environment
