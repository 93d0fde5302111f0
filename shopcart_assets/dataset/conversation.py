"""A session as a chat, in the paper's forms, action only, reasoning (3.3) and prompted (4.2, appendix A), and as `think`.

The text of each turn and nothing else: which tokens carry loss and how a session is cut to length belong to ml_jobs.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from shopcart_assets.dataset import DatasetError
from shopcart_assets.platform.actions import from_fields, to_json
from shopcart_assets.platform.tokens import estimate_tokens

END_OF_RATIONALE = "<|end_of_rationale|>"
# A thought and its action are one reply in the arm `think`. Without a thought, the reply begins with the empty one.
THINK_OPEN, THINK_CLOSE = "<think>\n", "\n</think>\n\n"
EMPTY_THOUGHT = THINK_OPEN + THINK_CLOSE
# What stands for a context that was not recorded: always before the first search, where there is nothing to see yet.
NO_PAGE = "<html><body>(no page recorded)</body></html>"

Turn = dict[str, str]


@dataclass(frozen=True)
class Step:
    """One action with what the person saw; `rationale` is None where there is none, so always in the arm without reasoning."""

    step: int
    context: str
    action: str
    rationale: str | None
    is_case: bool


@cache
def prompt(name: str) -> str:
    """The system prompt of this form: `action_only`, `reasoning`, `think` or `baseline` (the paper's appendix A, its quirks kept)."""
    return (files("shopcart_assets.dataset") / "prompts" / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def conversation(steps: Iterable[Step], arm: str) -> str:
    """The `steps` column of dataset.conversations_*: system prompt and turns as JSON, in the arm `action_only` or `reasoning`."""
    body = [{"step": step.step, "is_case": step.is_case, "turns": _turns(step)} for step in steps]
    return json.dumps({"system": prompt(arm), "steps": body}, ensure_ascii=False)


def _turns(step: Step) -> list[Turn]:
    seen, done = _turn("user", step.context), _turn("assistant", step.action)
    if step.rationale is None:
        return [seen, done]
    return [seen, _turn("assistant", step.rationale), _turn("user", END_OF_RATIONALE), done]


def _turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


def prompted(steps_json: str) -> str:
    """A conversation of either arm as a model without fine-tuning is asked: the paper's baseline prompt, one JSON answer a step.

    From an action-only conversation the history is contexts and actions (paper 4.2); from a reasoning one each answer
    of the history has its rationale too. Keys stand in the order of appendix A: action before rationale.
    """
    told: dict[str, Any] = json.loads(steps_json)
    steps = [{**step, "turns": _answered(step["turns"])} for step in told["steps"]]
    return json.dumps({"system": prompt("baseline"), "steps": steps}, ensure_ascii=False)


def _answered(turns: Sequence[Turn]) -> list[Turn]:
    answer: dict[str, Any] = {"action": json.loads(turns[-1]["content"])}
    if len(turns) == 4:
        answer["rationale"] = turns[1]["content"]
    return [turns[0], _turn("assistant", json.dumps(answer, ensure_ascii=False))]


def thinking(steps_json: str, keep: bool) -> str:
    """A reasoning conversation in the arm `think`: each reply is the rationale as a thought, then the action.

    Where not to `keep` thoughts, all of them are empty; a step without a rationale has an empty one either way. Pages and
    rationales that hold the tags themselves have them spelled apart, so that a thought ends where it ends.
    """
    told: dict[str, Any] = json.loads(steps_json)
    steps = [{**step, "turns": _thought(step["turns"], keep)} for step in told["steps"]]
    return json.dumps({"system": prompt("think"), "steps": steps}, ensure_ascii=False)


def _thought(turns: Sequence[Turn], keep: bool) -> list[Turn]:
    rationale = turns[1]["content"] if keep and len(turns) == 4 else ""
    thought = f"{THINK_OPEN}{_untagged(rationale).strip()}{THINK_CLOSE}"
    return [_turn("user", _untagged(turns[0]["content"])), _turn("assistant", thought + turns[-1]["content"])]


def _untagged(text: str) -> str:
    """
    >>> _untagged("I <think> so.</think>")
    'I < think> so.< /think>'
    """
    return text.replace("<think>", "< think>").replace("</think>", "< /think>")


def has_thoughts(session_id: str) -> bool:
    """Whether the arm `think` trains on this session with its thoughts: so it is of half of them, by a hash.

    >>> sum(has_thoughts(f"s{number}") for number in range(1000))
    523
    """
    return hashlib.sha256(session_id.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True)
class Reasons:
    """What a generator wrote of a day: reasoning.rationales, and reasoning.quarantine with the actions that have none.

    `are_sparse`: whether an action that is in neither is as it should be, because people said why of some actions only.
    """

    rationales: pl.DataFrame
    quarantine: pl.DataFrame
    are_sparse: bool = False


def conversations(
    actions: pl.DataFrame, contexts: pl.DataFrame, splits: pl.DataFrame, reasons: Reasons | None = None
) -> pl.DataFrame:
    """dataset.conversations_action_only, or dataset.conversations_reasoning where `reasons` are given.

    Where an action's rationale was rejected, or people gave none, a train session tells it as context and action, because an empty rationale would
    teach the model to say nothing (`untold` counts them); a test session has an empty one, because each case is asked alike of
    every model. Raises DatasetError where an action of a split session has neither a rationale nor a place in quarantine.
    """
    told = _with_rationales(actions, splits, reasons)
    arm = "action_only" if reasons is None else "reasoning"
    html: Mapping[str, str] = dict(contexts.select("page_id", "html").iter_rows())
    rows: list[dict[str, Any]] = []
    for (session_id, user_id, split), session in told.group_by("session_id", "user_id", "split", maintain_order=True):
        steps = conversation(_steps(session, html, is_test=split == "test"), arm)
        rows.append(
            {"session_id": session_id, "user_id": user_id, "split": split, "steps": steps, "n_steps": session.height}
        )
    frame = pl.DataFrame(rows, {"session_id": str, "user_id": str, "split": str, "steps": str, "n_steps": pl.Int64})
    lengths = pl.Series("conversation_tokens", [estimate_tokens(steps) for steps in frame["steps"]], pl.Int64)
    return frame.with_columns(lengths)


def left_out(splits: pl.DataFrame, told: pl.DataFrame) -> list[str]:
    """Ids of the sessions of `splits` that the conversations `told` leave out, sorted."""
    return splits.join(told, on="session_id", how="anti")["session_id"].sort().to_list()


def untold(told: pl.DataFrame) -> tuple[int, int]:
    """How many actions of the train sessions are told without a rationale, and of how many."""
    steps = [step for text in told.filter(pl.col("split") == "train")["steps"] for step in json.loads(text)["steps"]]
    return sum(len(step["turns"]) == 2 for step in steps), len(steps)


def _with_rationales(actions: pl.DataFrame, splits: pl.DataFrame, reasons: Reasons | None) -> pl.DataFrame:
    told = actions.join(splits.select("session_id", "split"), on="session_id", how="inner").sort("session_id", "step")
    if reasons is None:
        return told.with_columns(pl.lit(None, pl.String).alias("rationale"))
    rejected = reasons.quarantine.filter("is_final").select("session_id", "step", is_rejected=True)
    kept = reasons.rationales.select("session_id", "step", "rationale")
    told = told.join(kept, on=("session_id", "step"), how="left", maintain_order="left")
    told = told.join(rejected, on=("session_id", "step"), how="left", maintain_order="left")
    missing = told.filter(pl.col("rationale").is_null() & pl.col("is_rejected").is_null()).height
    if missing and not reasons.are_sparse:
        raise DatasetError(
            f"{missing} actions have no rationale: materialize reasoning/responses and reasoning/rationales for this day and "
            "generator, or wait for the batch that they are in"
        )
    is_asked_alike = pl.col("rationale").is_null() & (pl.col("split") == "test")
    return told.with_columns(rationale=pl.when(is_asked_alike).then(pl.lit("")).otherwise("rationale"))


def _steps(session: pl.DataFrame, html: Mapping[str, str], *, is_test: bool) -> Iterable[Step]:
    for row in session.iter_rows(named=True):
        action = to_json(from_fields(row["action_type"], row["name"], row["text"]))
        context = html.get(row["page_id"], NO_PAGE)
        yield Step(row["step"], context, action, row["rationale"], is_test and row["step"] > 1)
