"""From planned requests to what has come of them: the ledger's answers are read, the rest is bought, what is rejected is asked again.

How requests travel is the buyer's business; that none is paid twice is the ledger's. Called again, it goes on where it was.
"""

from dataclasses import dataclass, field

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import Answer, Ledger
from shopcart_assets.platform.llm.buying import REQUESTS_AT_ONCE, Buy
from shopcart_assets.platform.llm.outcomes import ANSWERED, FAILED
from shopcart_assets.reasoning.answers import Judged, judge, responses
from shopcart_assets.reasoning.plan import again, rebuild

_PLACE = ["session_id", "first_step"]
_COLUMNS = list(table("reasoning.requests").schema())


@dataclass
class Bought:
    """What has come of requests, by key; what is in none of the three was never sent."""

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)


def ask(
    requests: pl.DataFrame,
    actions: pl.DataFrame,
    contexts: pl.DataFrame | pl.LazyFrame,
    generator: GeneratorConfig,
    ledger: Ledger,
    buy: Buy,
) -> pl.DataFrame:
    """reasoning.responses: what has become of each of these rows of reasoning.requests, and of their retries.

    Raises LLMError where the model cannot be asked; what it had answered is kept. Raises PlanError, ExamplesError.
    """
    requests, bought = requests.select(_COLUMNS), Bought()
    _buy(requests, actions, contexts, generator, ledger, buy, bought)
    rejected = judge(requests, bought.answers, bought.failed, actions, generator).retries
    retries = again(rejected, actions, contexts, generator)
    _buy(retries, actions, contexts, generator, ledger, buy, bought)
    return responses(pl.concat([requests, retries]), bought.answers, bought.failed, bought.pending)


def judged(
    requests: pl.DataFrame,
    responded: pl.DataFrame,
    actions: pl.DataFrame,
    generator: GeneratorConfig,
    ledger: Ledger,
) -> Judged:
    """What holds of the answers that reasoning.responses names, read from the ledger once more. Raises LedgerError."""
    answered = responded.filter(pl.col("state") == ANSWERED)["request_key"].unique()
    answers = {key: Answer(response, True) for key, response in ledger.read(answered)}
    states = responded.select("request_key", "state").filter(pl.col("state").str.starts_with(FAILED))
    failed = {key: state.removeprefix(FAILED) for key, state in states.iter_rows()}
    return judge(_asked(requests, responded), answers, failed, actions, generator)


def _asked(requests: pl.DataFrame, responded: pl.DataFrame) -> pl.DataFrame:
    """The rows of reasoning.requests and those of their retries, as far as reasoning.responses has any."""
    own = [name for name in _COLUMNS if name in responded.columns and name != "input_tokens"]
    of_first = requests.select(*_PLACE, *(name for name in _COLUMNS if name not in own))
    retries = responded.filter(pl.col("sample_index") > 0).select(own)
    return pl.concat(
        [requests.select(_COLUMNS), retries.join(of_first, on=_PLACE, maintain_order="left").select(_COLUMNS)]
    )


def _buy(
    requests: pl.DataFrame,
    actions: pl.DataFrame,
    contexts: pl.DataFrame | pl.LazyFrame,
    generator: GeneratorConfig,
    ledger: Ledger,
    buy: Buy,
    bought: Bought,
) -> None:
    """Adds what has come of the requests. Prompts are made only for what is not in the ledger; `rebuild` goes by session and step."""
    keys = requests["request_key"].unique()
    known = ledger.have(keys)
    bought.answers |= {key: Answer(response, True) for key, response in ledger.read(known)}
    missing = requests.filter(~pl.col("request_key").is_in(list(known))).sort(*_PLACE, "sample_index")
    for chunk in missing.iter_slices(REQUESTS_AT_ONCE):
        got = buy(list(rebuild(chunk, actions, contexts, generator)), chunk["session_id"].to_list())
        bought.answers |= got.answers
        bought.failed |= got.failed
        bought.pending |= got.pending
