"""What must hold of rationales: each action has one or a place in quarantine, none knows the future, few are lost.

Data frames in, sentences about problems out; an empty list is good news. Nothing here quotes a page or a rationale. Whether what
a rationale says was seen only later is measured in `lookahead`.
"""

from collections.abc import Callable, Collection, Iterator

import polars as pl

from shopcart_assets.platform.llm.outcomes import UNDER_WAY
from shopcart_assets.platform.profiles import HUMAN, GeneratorConfig
from shopcart_assets.reasoning.plan import plan

# Cutting a session after each of its steps and asking anew is quadratic in its length: a sample a partition is enough.
SAMPLE_SESSIONS = 20
MOST_DEFECTIVE = 0.10

_STEP = ["session_id", "step"]


def unaccounted(
    rationales: pl.DataFrame,
    quarantine: pl.DataFrame,
    responses: pl.DataFrame,
    actions: pl.DataFrame,
    generators: Collection[str] = (),
) -> list[str]:
    """Whether each action has either a rationale of each generator or a final place in its quarantine, and nothing else has.

    `generators` are those whose partitions these are. What is under way in a batch has neither yet. People say of few actions why they did them, and of the others nothing.
    """
    columns = ["generator", *_STEP]
    rejected = quarantine.filter("is_final")
    ends = pl.concat([one.select(columns) for one in (rationales, rejected, under_way(responses))])
    if ends.is_empty() and actions.height and set(generators) != {HUMAN.name}:
        return [f"none of {actions.height} actions has a rationale or is in quarantine"]
    problems = []
    for (generator,), judged in ends.group_by("generator", maintain_order=True):
        silent = actions.join(judged, on=_STEP, how="anti").height
        counts = {
            "actions have neither a rationale nor a place in quarantine": 0 if generator == HUMAN.name else silent,
            "rationales have no action": judged.join(actions, on=_STEP, how="anti").height,
            "actions have more than one end": judged.height - judged.unique(_STEP).height,
        }
        problems += [f"{generator}: {count} {what}" for what, count in counts.items() if count]
    return problems


def under_way(responses: pl.DataFrame) -> pl.DataFrame:
    """generator, session_id and step of each action whose request, or its retry, is in a batch."""
    sent = responses.filter(pl.col("state") == UNDER_WAY)
    steps = pl.int_ranges(pl.col("first_step"), pl.col("last_step") + 1).alias("step")
    return sent.select("generator", "session_id", steps).explode("step").unique()


def waiting(responses: pl.DataFrame) -> str:
    """How much is under way, in a sentence; empty where nothing is."""
    n_waiting = under_way(responses).height
    return f"{n_waiting} actions wait for a batch; the sensor answered_batches collects it" if n_waiting else ""


def look_ahead(
    requests: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame, generator: Callable[[str], GeneratorConfig]
) -> list[str]:
    """Steps whose planned request is not the one that the session gives as it stood at that step.

    In a sample of sessions of each partition, each is cut after each step, later actions and pages gone, and the request
    made anew. A difference means that the planned one saw the future or came from another prompt: plan it again. What was asked
    by whole sessions saw the future by design, and is left out here.
    """
    problems = []
    blind = requests.filter(pl.col("mode") == "per_action")
    for (day, name), planned in blind.group_by("day", "generator", maintain_order=True):
        today = pl.col("day") == day
        sample = planned["session_id"].unique().sort().head(SAMPLE_SESSIONS)
        taken = actions.filter(today, pl.col("session_id").is_in(sample.implode()))
        expected = _keys_as_it_stood(taken, contexts.filter(today), generator(str(name)))
        stored = {
            (row[0], row[1]): row[2] for row in planned.select("session_id", "first_step", "request_key").iter_rows()
        }
        problems += [
            f"{name}, {day}: session {session_id} step {step} was asked otherwise than the steps up to it give"
            for (session_id, step), key in expected
            if stored.get((session_id, step)) != key
        ]
    return problems


def _keys_as_it_stood(
    actions: pl.DataFrame, contexts: pl.DataFrame, generator: GeneratorConfig
) -> Iterator[tuple[tuple[str, int], str]]:
    """Session and step, and the key of the request that is made where nothing after the step was ever recorded."""
    for (last,), at_this_step in actions.sort(_STEP).group_by("step", maintain_order=True):
        past = actions.filter(pl.col("step") <= last).join(at_this_step, on="session_id", how="semi")
        pages = contexts.filter(pl.col("page_id").is_in(past["page_id"].drop_nulls().implode()))
        newest = plan(past, pages, generator).filter(pl.col("last_step") == last)
        for session_id, step, key in newest.select("session_id", "first_step", "request_key").iter_rows():
            yield (session_id, step), key


def defective(rationales: pl.DataFrame, quarantine: pl.DataFrame) -> list[str]:
    """The generators that lost more than MOST_DEFECTIVE of their rationales, with the share of each kind of defect."""
    problems = []
    lost = quarantine.filter("is_final")
    for (generator,), theirs in lost.group_by("generator", maintain_order=True):
        n_judged = theirs.height + rationales.filter(pl.col("generator") == generator).height
        if theirs.height > MOST_DEFECTIVE * n_judged:
            kinds = theirs["defect"].value_counts().sort("count", "defect", descending=[True, False])
            shares = ", ".join(f"{kind} {count / n_judged:.0%}" for kind, count in kinds.iter_rows())
            problems.append(f"{generator}: {shares} of {n_judged} rationales")
    return problems
