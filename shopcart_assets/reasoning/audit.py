"""What must hold of rationales: one for each action, none that knows the future, few that are defective.

Data frames in, sentences about problems out; an empty list is good news. Nothing here quotes a page or a rationale.
"""

from collections.abc import Callable, Iterator

import polars as pl

from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.prompt import request
from shopcart_assets.reasoning.synthesize import journeys

# Cutting a session after each of its steps and asking anew is quadratic in its length: a sample a partition is enough.
SAMPLE_SESSIONS = 20
MOST_DEFECTIVE = 0.10

_STEP = ["session_id", "step"]


def unexplained(rationales: pl.DataFrame, actions: pl.DataFrame) -> list[str]:
    """Whether each action has exactly one rationale of each generator, and each rationale an action."""
    if rationales.is_empty() and actions.height:
        return [f"none of {actions.height} actions has a rationale"]
    problems = []
    for (generator,), written in rationales.group_by("generator", maintain_order=True):
        without = actions.join(written, on=_STEP, how="anti").height
        beside = written.join(actions, on=_STEP, how="anti").height
        doubled = written.height - written.unique(_STEP).height
        counts = {
            "actions have no rationale": without,
            "rationales have no action": beside,
            "rationales are doubled": doubled,
        }
        problems += [f"{generator}: {count} {what}" for what, count in counts.items() if count]
    return problems


def look_ahead(
    rationales: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame, generator: Callable[[str], GeneratorConfig]
) -> list[str]:
    """Steps whose stored request is not the one that the session gives as it stood at that step.

    In a sample of sessions of each partition, each is cut after each step, later actions and pages gone, and the request
    made anew. A difference means that the stored one saw the future or came from another prompt: synthesize it again.
    """
    problems = []
    for (day, name), written in rationales.group_by("day", "generator", maintain_order=True):
        today = pl.col("day") == day
        sample = written["session_id"].unique().sort().head(SAMPLE_SESSIONS)
        taken = actions.filter(today, pl.col("session_id").is_in(sample.implode()))
        expected = dict(_requests_as_it_stood(taken, contexts.filter(today), generator(str(name))))
        stored = {(row[0], row[1]): row[2] for row in written.select(*_STEP, "request_key").iter_rows()}
        problems += [
            f"{name}, {day}: session {session_id} step {step} was asked otherwise than the steps up to it give"
            for (session_id, step), key in expected.items()
            if stored.get((session_id, step)) != key
        ]
    return problems


def _requests_as_it_stood(
    actions: pl.DataFrame, contexts: pl.DataFrame, generator: GeneratorConfig
) -> Iterator[tuple[tuple[str, int], str]]:
    """Session and step, and the key of the request that is made where nothing after the step was ever recorded."""
    for session_id, step in actions.select(_STEP).iter_rows():
        past = actions.filter(pl.col("session_id") == session_id, pl.col("step") <= step)
        pages = contexts.filter(pl.col("page_id").is_in(past["page_id"].drop_nulls().implode()))
        ((_, journey),) = journeys(past, pages)
        yield (session_id, step), request(journey, len(journey), generator).key()


def defective(rationales: pl.DataFrame) -> list[str]:
    """The generators of whose rationales more than a tenth are defective, with the share of each kind."""
    problems = []
    for (generator,), written in rationales.group_by("generator", maintain_order=True):
        kinds = written["defect"].drop_nulls().value_counts(sort=True)
        if kinds["count"].sum() > MOST_DEFECTIVE * written.height:
            shares = ", ".join(f"{kind} {count / written.height:.0%}" for kind, count in kinds.iter_rows())
            problems.append(f"{generator}: {shares} of {written.height} rationales")
    return problems
