"""A session's tables become a story: plain values, one line each, without control characters. No layout, no lake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, from_fields, from_json
from shopcart_assets.reasoning.clean import one_line

NO_ANSWER = "no answer"
NO_PAGE = "(no page was recorded)"
UNRESOLVED = "something that its page does not show"

Call = Literal["right", "wrong", "none"]


@dataclass(frozen=True)
class Guess:
    """What one policy expected. `said`: the action in words, or the answer as it was given where it is no legal action.

    `verdict`: correct, the kind of error, `illegal: ` with the reason, or NO_ANSWER. `rationale` is empty where there is none.
    """

    policy: str
    said: str
    verdict: str
    call: Call
    rationale: str = ""


@dataclass(frozen=True)
class Step:
    """What the person saw and did, and the guesses by policy; nobody is asked about the first step."""

    number: int
    title: str
    human: str
    guesses: tuple[Guess, ...]


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
    """A session's rows of the tables: context.actions; page_id and title; verdicts and predictions (sample 0) by policy."""

    actions: pl.DataFrame
    titles: pl.DataFrame
    verdicts: Mapping[str, pl.DataFrame]
    predictions: Mapping[str, pl.DataFrame]


def tell(session_id: str, outcome: str, frames: Frames) -> Story:
    """The story of these rows, in any order; policies in the order of `frames.verdicts`."""
    titles = dict(frames.titles.select("page_id", "title").iter_rows())
    by_policy = {name: _guesses(name, rows, frames.predictions[name]) for name, rows in frames.verdicts.items()}
    steps = [
        Step(
            number := row["step"],
            one_line(titles.get(row["page_id"]) or "") or NO_PAGE,
            _human(row),
            tuple(found.get(number) or _missing(name) for name, found in by_policy.items() if number > 1),
        )
        for row in frames.actions.sort("step").iter_rows(named=True)
    ]
    return Story(session_id, outcome, tuple(steps), tuple(by_policy))


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
        said, verdict = one_line(row["output"] or ""), f"illegal: {row['illegal_reason']}"
    else:
        said, verdict = in_words(from_json(row["predicted_action"])), row["error"]
    return Guess(
        policy,
        said,
        verdict.replace("_", " ").replace("didnt", "did not"),
        "right" if row["is_exact"] else "wrong",
        one_line(row["rationale"] or ""),
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


def chosen(splits: pl.DataFrame, differing: pl.DataFrame) -> dict[str, str]:
    """A few test sessions that are worth a look, by why: the longest, the longest purchase, the one that policies differ on most.

    `splits` is dataset.splits, `differing` what `disagreement` says. No session twice; what there is none of is left out.
    Equal tables give equal sessions: ties go to the smaller id.
    """
    tests = splits.filter(split="test").join(differing, on="session_id", how="left")
    longest = tests.sort("n_steps", "session_id", descending=[True, False])
    most = tests.drop_nulls("disagreement").sort("disagreement", "session_id", descending=[True, False])
    wanted = {
        "the longest session": longest,
        "a purchase": longest.filter(outcome="purchase"),
        "where policies differ most": most,
    }
    found: dict[str, str] = {}
    for why, frame in wanted.items():
        left = frame.filter(~pl.col("session_id").is_in(list(found.values())))
        if left.height:
            found[why] = left["session_id"][0]
    return found


def disagreement(guesses: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """session_id, `disagreement`: the share of pairs of policies that answered differently, mean over the session's cases, 0 to 1.

    `guesses`: for each policy session_id, step, predicted_action; all illegal answers count as one.
    """
    case = ["session_id", "step"]
    empty = pl.DataFrame(schema={"session_id": pl.String, "step": pl.Int64, "predicted_action": pl.String})
    counted = (
        pl.concat([empty, *(one.select(empty.columns) for one in guesses)]).group_by(*case, "predicted_action").len()
    )
    n, same = (
        pl.col("len").cast(pl.Int64).sum(),
        (pl.col("len").cast(pl.Int64) * (pl.col("len").cast(pl.Int64) - 1)).sum(),
    )
    by_case = counted.group_by(case).agg(n.alias("n"), same.alias("same")).filter(pl.col("n") > 1)
    share = 1 - pl.col("same") / (pl.col("n") * (pl.col("n") - 1))
    return by_case.sort(case).group_by("session_id", maintain_order=True).agg(share.mean().alias("disagreement"))
