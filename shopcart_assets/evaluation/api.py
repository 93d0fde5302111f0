"""Answers of a policy that a server gives: planned, forecast, bought through the ledger, and read as predictions.

Killed at any moment and run again, it pays for no answer twice that came: the plan is on the record before anything is sent, and an
answer is found by its request's key. A batch is found again too; asked online, the few requests in flight at that moment are not. How
requests travel is platform/llm's business; what an answer means is judged elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.forecast import Forecast, forecast, refuse_over_budget
from shopcart_assets.evaluation.local import asked_conversations
from shopcart_assets.evaluation.requests import PLANNED, Question, plan, questions, shared_tokens
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import Answer, Ledger, LLMError, LLMSpendLimitError
from shopcart_assets.platform.llm.budget import LakeBudget, open_budget
from shopcart_assets.platform.llm.buying import REQUESTS_AT_ONCE, Buy, buyer
from shopcart_assets.platform.llm.capabilities import capabilities
from shopcart_assets.platform.llm.failures import TOO_LONG
from shopcart_assets.platform.llm.keys import Keys
from shopcart_assets.platform.llm.outcomes import ANSWERED, FAILED, UNDER_WAY, facts, outcome
from shopcart_assets.platform.llm.port import LLMUnavailableError, LLMUnusableError
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse

TABLE, PREDICTIONS = "evaluation.responses", "evaluation.predictions"
# Not the model's doing, and not the configuration's: what was answered until then counts, the rest is asked another time.
_PASSING = (LLMUnavailableError, LLMUnusableError, LLMSpendLimitError)

Tell = Callable[[Mapping[str, int | float | str]], None]
"""Takes the forecast's figures before anything is sent."""


@dataclass
class Bought:
    """What has come of the questions, by key; `problem` says why some were not asked to the end."""

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    problem: LLMError | None = None


@dataclass(frozen=True)
class Responses:
    """evaluation.responses of one policy and round; `problem`, in a line, says why questions have no answer yet, else empty."""

    rows: pl.DataFrame
    problem: str

    def facts(self) -> dict[str, int | float | str]:
        """What was asked, what it cost, and how many questions have no answer for which reasons; for metadata."""
        states = self.rows["state"].drop_nulls()
        reasons = states.filter(states.str.starts_with(FAILED)).str.strip_prefix(FAILED).value_counts().sort("state")
        told = {f"n_failed/{reason}": count for reason, count in reasons.iter_rows()}
        n_cut = self.rows.filter(pl.col("n_left_out") > 0).height
        never = {"n_never_sent": self.rows["state"].null_count(), "n_with_pages_left_out": n_cut}
        return facts(self.rows) | never | told | {"problem": self.problem}


def ask(
    warehouse: Warehouse,
    settings: Settings,
    policy: PolicyConfig,
    round_: str,
    tell: Tell,
    log: Callable[[str], None],
) -> Responses:
    """Asks the policy's server about every test case that has no answer in this round; what is in the ledger costs nothing.

    The plan is written as evaluation.responses before the first request leaves. Raises BudgetError before anything is sent where
    the worst case does not fit, LLMError where the server cannot be asked at all, EvaluationError.
    """
    server = server_of(policy)
    generator, ledger = server.asked_for(policy.name, str(policy.model)), Ledger(warehouse.lake)
    conversations = asked_conversations(warehouse, policy)
    planned = plan(conversations, policy, server, round_)
    past = warehouse.read(TABLE, policy=policy.name)
    earlier = past.filter(pl.col("round") == round_)
    _record(warehouse, planned, earlier, policy.name, round_)
    lasting = _lasting(earlier)
    keys = planned["request_key"].unique()
    found = ledger.have(keys)
    under_way = ledger.records.under_way(keys) - found
    told = forecast(
        planned, found | under_way | lasting.keys(), generator, past, settings.prices, shared_tokens(conversations)
    )
    budget = replace(open_budget(generator, settings), token_ratio=told.token_ratio)
    _let_through(told, budget, keys, tell)
    buy = buyer(generator, "batch" if under_way else told.route, settings, ledger, budget, log)
    wanted, key_of = set(keys) - found - lasting.keys(), Keys()
    open_ = (one for one in questions(conversations, policy, server, round_) if key_of(one.request) in wanted)
    bought = _buy(open_, buy, ledger, keys, found)
    bought.failed |= lasting
    if bought.problem and not (bought.answers or bought.pending):
        raise bought.problem
    return Responses(_rows(planned, bought), str(bought.problem or ""))


def server_of(policy: PolicyConfig) -> ServerConfig:
    """The policy's server. Raises EvaluationError where it has none, or asks it for what it does not take."""
    if policy.server is None or policy.kind != "prompted":
        raise EvaluationError(f"policy {policy.name} is asked of no server: give it a server, or evaluate it here")
    can_sample = capabilities(policy.server.asked_for(policy.name, str(policy.model))).sampling
    if policy.temperature not in (0.0, 1.0) and not can_sample:
        raise EvaluationError(
            f"policy {policy.name}: its server takes no temperature, as far as is known; write temperature: 1, which is the "
            "model's own, or name the server's kind"
        )
    return policy.server


def answers(warehouse: Warehouse, policy: PolicyConfig, round_: str, cases: pl.DataFrame) -> pl.DataFrame:
    """evaluation.predictions, but for the seed, of the round; while some of it is under way, or none was sent, those of the round before.

    Raises MissingPartition where the round was never asked, LedgerError.
    """
    responses = warehouse.read(TABLE, policy=policy.name, round=round_)
    states = responses["state"].drop_nulls()
    if states.len() and not (states == UNDER_WAY).any():
        return predictions(responses, Ledger(warehouse.lake), round_)
    before = (
        warehouse.read(PREDICTIONS, policy=policy.name) if warehouse.exists(PREDICTIONS, policy=policy.name) else None
    )
    earlier = table(PREDICTIONS).empty() if before is None else before
    return earlier.join(cases, on=("session_id", "step"), how="semi").drop("seed", "policy", strict=False)


def predictions(responses: pl.DataFrame, ledger: Ledger, round_: str) -> pl.DataFrame:
    """The answers of evaluation.responses, word for word, and an empty one for each prompt that the model cannot take.

    Other failures are not the model's: they have no row. Raises LedgerError.
    """
    texts = {key: (one.text, one.stop_reason) for key, one in ledger.read(responses["request_key"].unique())}
    too_long = pl.col("state") == FAILED + TOO_LONG
    told = responses.filter(too_long | (pl.col("state") == ANSWERED)).sort("session_id", "step", "sample")
    said = [texts.get(key, ("", TOO_LONG)) for key in told["request_key"]]
    return told.select("session_id", "step", "sample").with_columns(
        pl.Series("output", [text for text, _ in said], pl.String),
        pl.lit(None, pl.String).alias("rationale"),
        pl.Series("stop_reason", [reason for _, reason in said], pl.String),
        pl.lit(round_).alias("round"),
    )


def _record(warehouse: Warehouse, planned: pl.DataFrame, earlier: pl.DataFrame, policy: str, round_: str) -> None:
    """Puts the plan on the record, with what is known of it already: a killed run leaves a round that can be gone on with."""
    schema = table(TABLE).schema()
    became = earlier.select(
        "session_id", "step", "sample", "request_key", *(name for name in schema if name not in PLANNED)
    )
    rows = planned.join(became, on=["session_id", "step", "sample", "request_key"], how="left", maintain_order="left")
    warehouse.write(TABLE, rows.select(schema.names()), policy=policy, round=round_)


def _lasting(earlier: pl.DataFrame) -> dict[str, str]:
    """What was refused for a reason that stays: no server takes a prompt the second time that was too long the first."""
    return dict.fromkeys(earlier.filter(pl.col("state") == FAILED + TOO_LONG)["request_key"], TOO_LONG)


def _let_through(told: Forecast, budget: LakeBudget, keys: pl.Series, tell: Tell) -> None:
    """Says what it will cost, then raises BudgetError where that does not fit."""
    budget.recover(set(keys))
    tell(told.facts(budget.left_usd()))
    refuse_over_budget(told, budget)


def _buy(asked: Iterator[Question], buy: Buy, ledger: Ledger, keys: pl.Series, found: set[str]) -> Bought:
    """Buys in chunks, as prompts are long; a failure that may pass ends it, and what was answered is read from the ledger."""
    bought = Bought()
    try:
        while chunk := list(islice(asked, REQUESTS_AT_ONCE)):
            got = buy([one.request for one in chunk], [one.session_id for one in chunk])
            bought.failed |= got.failed
            bought.pending |= got.pending
    except _PASSING as error:
        bought.problem = error
        bought.pending = ledger.records.under_way(keys)
    bought.answers = {key: Answer(response, key in found) for key, response in ledger.read(ledger.have(keys))}
    bought.pending -= bought.answers.keys()
    return bought


def _rows(planned: pl.DataFrame, bought: Bought) -> pl.DataFrame:
    """The plan with what has become of each question; what was not sent has no state."""
    never: dict[str, Any] = {"state": None}
    rows = [
        row | (outcome(row["request_key"], bought.answers, bought.failed, bought.pending) or never)
        for row in planned.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, table(TABLE).schema())
