"""A session's tables become a story: plain values, one line each, without control characters. No layout, no lake.

Pages and the names of elements are the exceptions: they are as they were recorded, and who shows them makes them harmless.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, from_fields, from_json
from shopcart_assets.reasoning.clean import one_line

NO_ANSWER = "no answer"
NO_PAGE = "(no page was recorded)"
UNRESOLVED = "something that its page does not show"

Call = Literal["right", "wrong", "none"]

KINDS = (
    "correct",
    "did not terminate",
    "did not click",
    "did not search",
    "clicked wrong button",
    "searched wrong keyword",
    "illegal",
    NO_ANSWER,
)
"""What an answer can be, in words and in the order of the partition; NO_ANSWER where there is none."""


@dataclass(frozen=True)
class Guess:
    """What one policy expected. `said`: the action in words, or the answer as it was given where it is no legal action.

    `verdict`: one of KINDS, of an illegal answer with the reason behind a colon. `rationale` is empty where there is none.
    `target`: the name of the element that a legal action is on, None where there is none.
    """

    policy: str
    said: str
    verdict: str
    call: Call
    rationale: str = ""
    target: str | None = None

    @property
    def kind(self) -> str:
        """The verdict without its reason: one of KINDS."""
        return self.verdict.partition(":")[0]


@dataclass(frozen=True)
class Step:
    """What the person saw and did, and the guesses by policy; nobody is asked about the first step.

    `target`: the name of the element that the person acted on, None where there is none. `page`: the simplified HTML that
    models saw, empty where no page was recorded.
    """

    number: int
    title: str
    human: str
    guesses: tuple[Guess, ...]
    target: str | None = None
    page: str = ""


@dataclass(frozen=True)
class Story:
    """A session. `outcome`: purchase or terminate."""

    session_id: str
    outcome: str
    steps: tuple[Step, ...]
    policies: tuple[str, ...]

    def n_right(self, policy: str) -> int:
        """Steps that the policy has right."""
        return sum(guess.policy == policy and guess.call == "right" for step in self.steps for guess in step.guesses)

    @property
    def n_cases(self) -> int:
        """Steps that policies are asked about."""
        return sum(step.number > 1 for step in self.steps)


@dataclass(frozen=True)
class Frames:
    """A session's rows of the tables: context.actions, context.contexts; verdicts and predictions (sample 0) by policy."""

    actions: pl.DataFrame
    pages: pl.DataFrame
    verdicts: Mapping[str, pl.DataFrame]
    predictions: Mapping[str, pl.DataFrame]


def tell(session_id: str, outcome: str, frames: Frames) -> Story:
    """The story of these rows, in any order; policies in the order of `frames.verdicts`."""
    pages = {
        page_id: (title, html) for page_id, title, html in frames.pages.select("page_id", "title", "html").iter_rows()
    }
    by_policy = {name: _guesses(name, rows, frames.predictions[name]) for name, rows in frames.verdicts.items()}
    steps = tuple(_step(row, pages, by_policy) for row in frames.actions.sort("step").iter_rows(named=True))
    return Story(session_id, outcome, steps, tuple(by_policy))


def _step(
    row: Mapping[str, Any], pages: Mapping[str, tuple[str, str]], by_policy: Mapping[str, Mapping[int, Guess]]
) -> Step:
    number = row["step"]
    title, html = pages.get(row["page_id"], ("", ""))
    return Step(
        number,
        one_line(title or "") or NO_PAGE,
        _human(row),
        tuple(found.get(number) or _missing(name) for name, found in by_policy.items() if number > 1),
        row["name"],
        html or "",
    )


def _human(row: Mapping[str, Any]) -> str:
    try:
        return in_words(from_fields(row["action_type"], row["name"], row["text"]))
    except ValueError:  # the target was never found on the page
        return f"{row['action_type']} on {UNRESOLVED}"


def _missing(policy: str) -> Guess:
    return Guess(policy, "", NO_ANSWER, "none")


def _guesses(policy: str, verdicts: pl.DataFrame, predictions: pl.DataFrame) -> dict[int, Guess]:
    answers = predictions.select("step", "output", "rationale")
    joined = verdicts.join(answers, on="step", how="left")
    return {row["step"]: _guess(policy, row) for row in joined.iter_rows(named=True)}


def _guess(policy: str, row: Mapping[str, Any]) -> Guess:
    if row["predicted_action"] is None:
        said, verdict, target = one_line(row["output"] or ""), f"illegal: {row['illegal_reason']}", None
    else:
        action = from_json(row["predicted_action"])
        said, verdict = in_words(action), row["error"]
        target = None if isinstance(action, Terminate) else action.name
    return Guess(
        policy,
        said,
        verdict.replace("_", " ").replace("didnt", "did not"),
        "right" if row["is_exact"] else "wrong",
        one_line(row["rationale"] or ""),
        target,
    )


def in_words(action: Action) -> str:
    """An action as a reader takes it in, with the element's name.

    >>> in_words(TypeAndSubmit("search_input", "red mug")), in_words(Click("red_mug.buy_now")), in_words(Terminate())
    ('type "red mug" into search_input', 'click red_mug.buy_now', 'terminate')
    """
    match action:
        case Click(name):
            return f"click {one_line(name)}"
        case TypeAndSubmit(name, text):
            return f'type "{one_line(text)}" into {one_line(name)}'
        case Terminate():
            return "terminate"


def shortened(text: str, n: int) -> str:
    """The text, cut where it is longer than `n` characters.

    >>> shortened("a red mug", 6)
    'a red…'
    """
    return text if len(text) <= n else text[: n - 1] + "…"
