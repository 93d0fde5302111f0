"""A day's rationales in one go: planned, asked through the ledger, read, asked once more where rejected. For online models.

What a batch server takes a day for is done by the same functions, asset by asset: `plan`, `answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars as pl

from shopcart_assets.platform.llm import LLM, Answer, Ledger
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.answers import judge, responses
from shopcart_assets.reasoning.plan import again, plan, rebuild

# So many prompts are in memory at once.
_REQUESTS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Synthesis:
    """The rows of the four tables reasoning.*."""

    requests: pl.DataFrame
    responses: pl.DataFrame
    rationales: pl.DataFrame
    quarantine: pl.DataFrame


def synthesize(
    actions: pl.DataFrame,
    contexts: pl.DataFrame | pl.LazyFrame,
    llm: LLM,
    ledger: Ledger,
    generator: GeneratorConfig,
) -> Synthesis:
    """A rationale or a final place in quarantine for each row of context.actions; `contexts` are the pages of the same day.

    Raises LLMError where the model cannot be asked; what it had answered is kept. Raises ExamplesError.
    """
    requests = plan(actions, contexts, generator)
    answers = _ask(requests, actions, contexts, llm, ledger, generator)
    first = judge(requests, answers, {}, actions, generator)
    retries = again(first.retries, actions, contexts, generator)
    answers |= _ask(retries, actions, contexts, llm, ledger, generator)
    asked = pl.concat([requests, retries])
    judged = judge(asked, answers, {}, actions, generator)
    return Synthesis(requests, responses(asked, answers, {}), judged.rationales, judged.quarantine)


def _ask(
    requests: pl.DataFrame,
    actions: pl.DataFrame,
    contexts: pl.DataFrame | pl.LazyFrame,
    llm: LLM,
    ledger: Ledger,
    generator: GeneratorConfig,
) -> dict[str, Answer]:
    """The answers by request key. `rebuild` goes by session and step, so the rows have to."""
    found: dict[str, Answer] = {}
    for chunk in requests.sort("session_id", "first_step", "sample_index").iter_slices(_REQUESTS_AT_ONCE):
        whole = list(rebuild(chunk, actions, contexts, generator))
        answers = ledger.generate(llm, whole, about=chunk["session_id"].to_list())
        found |= dict(zip(chunk["request_key"], answers, strict=True))
    return found


def merge(made: Sequence[Synthesis]) -> Synthesis:
    """Several days or generators as one."""
    return Synthesis(*(pl.concat([getattr(one, table.name) for one in made]) for table in fields(Synthesis)))
