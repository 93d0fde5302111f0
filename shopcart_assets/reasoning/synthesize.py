"""A day's rationales in one go: planned, asked through the ledger, read, asked once more where rejected. For online models.

What a batch server takes a day for is done by the same functions, asset by asset: `plan`, `answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars as pl

from shopcart_assets.platform.llm import LLM, Answer, Budget, Ledger
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
    budget: Budget | None = None,
) -> Synthesis:
    """A rationale or a final place in quarantine for each row of context.actions; `contexts` are the pages of the same day.

    Raises LLMError where the model cannot be asked; what it had answered is kept. Raises ExamplesError.
    """

    def ask(requests: pl.DataFrame) -> dict[str, Answer]:
        """The answers by request key. Only for what is not in the ledger are prompts made, a bounded number at once."""
        have = ledger.have(requests["request_key"])
        answers = {key: Answer(response, is_reused=True) for key, response in ledger.read(have)}
        missing = requests.filter(~pl.col("request_key").is_in(list(have)))
        for chunk in missing.sort("session_id", "first_step", "sample_index").iter_slices(_REQUESTS_AT_ONCE):
            prompts = list(rebuild(chunk, actions, contexts, generator))
            bought = ledger.generate(llm, prompts, chunk["session_id"].to_list(), budget)
            answers |= dict(zip(chunk["request_key"], bought, strict=True))
        return answers

    requests = plan(actions, contexts, generator)
    answers = ask(requests)
    retries = again(judge(requests, answers, {}, actions, generator).retries, actions, contexts, generator)
    asked = pl.concat([requests, retries])
    answers |= ask(retries)
    judged = judge(asked, answers, {}, actions, generator)
    return Synthesis(requests, responses(asked, answers, {}), judged.rationales, judged.quarantine)


def merge(made: Sequence[Synthesis]) -> Synthesis:
    """Several days or generators as one."""
    return Synthesis(*(pl.concat([getattr(one, table.name) for one in made]) for table in fields(Synthesis)))
