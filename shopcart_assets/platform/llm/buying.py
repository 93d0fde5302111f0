"""How a stage buys the answers to its requests: online or in batches, opened when something has to be sent. What is asked is theirs."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import open_batches, open_llm
from shopcart_assets.platform.llm.failures import TOO_LONG
from shopcart_assets.platform.llm.ledger import Batched, Ledger
from shopcart_assets.platform.llm.port import LLM, BatchLLM, Budget, LLMRequest, LLMRequestError, Route

if TYPE_CHECKING:
    from shopcart_assets.platform.settings import Settings  # which knows the price list of this package

Buy = Callable[[Sequence[LLMRequest], Sequence[str]], Batched]
"""Buys the answers to requests, each asked about the session in the same place of the second list."""

# Of more, the model or an option is wrong.
MOST_REFUSED = 10
# So many prompts are in memory at once.
REQUESTS_AT_ONCE = 2_000


def buyer(
    generator: GeneratorConfig,
    route: Route,
    settings: "Settings",
    ledger: Ledger,
    budget: Budget | None,
    log: Callable[[str], None],
) -> Buy:
    """Buys from the generator's server or model by this route, within the budget."""
    if route == "batch":
        return batched(cache(partial(open_batches, generator, settings)), ledger, budget)
    return online(cache(partial(open_llm, generator, settings, log)), ledger, budget)


def online(llm: Callable[[], LLM], ledger: Ledger, budget: Budget | None) -> Buy:
    """Answers while one waits. `llm` is opened when something has to be sent.

    A request that the server refuses has failed; where it refuses more than MOST_REFUSED in one go for another reason than their
    length, its error is raised.
    """

    def buy(requests: Sequence[LLMRequest], about: Sequence[str]) -> Batched:
        asked = list(zip(requests, about, strict=True))
        failed: dict[str, str] = {}
        model = llm()
        while left := [(request, session) for request, session in asked if request.key() not in failed]:
            whole, sessions = [request for request, _ in left], [session for _, session in left]
            try:
                answers = ledger.generate(model, whole, sessions, budget)
            except LLMRequestError as error:
                failed[error.key] = error.reason
                if sum(reason != TOO_LONG for reason in failed.values()) > MOST_REFUSED:
                    raise
            else:
                keys = (request.key() for request in whole)
                return Batched(dict(zip(keys, answers, strict=True)), frozenset(), failed)
        return Batched({}, frozenset(), failed)

    return buy


def batched(server: Callable[[], BatchLLM], ledger: Ledger, budget: Budget | None) -> Buy:
    """Answers within a day at half the price: what has come is collected, the rest is sent or under way."""
    return lambda requests, about: ledger.generate_batch(server(), requests, about, budget)
