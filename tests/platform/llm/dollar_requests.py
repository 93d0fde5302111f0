"""A budget whose requests cost a dollar each at worst, and a run that spends it. Light: processes of their own import it."""

from dataclasses import replace
from pathlib import Path

from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import BudgetError, LLMRequest, Message
from shopcart_assets.platform.llm.prices import Price, vendored
from shopcart_assets.platform.profiles import GeneratorConfig

# A dollar for each request: an answer of at most a thousand tokens, each a thousandth of a dollar, and a prompt that is free.
PRICES = vendored().with_own([Price(model="m", input_usd=0, output_usd=1_000)])
GENERATOR = GeneratorConfig("g", "messages", "m", "http://localhost:1")


KILLED = Owner("here", 1, "")


def budget(lake: Path, limit: float | None = None, *, owner: Owner | None = None, name: str = "g") -> LakeBudget:
    generator = replace(GENERATOR, name=name, budget_usd=limit)
    return LakeBudget(
        LocalLake(lake), generator, PRICES, owner=owner or Owner.me(), is_gone=lambda process: process == KILLED
    )


def ask(*questions: int) -> list[LLMRequest]:
    return [LLMRequest("m", "", (Message("user", str(number)),), 1_000) for number in questions]


def spend_all(lake: str, seed: int) -> int:
    """One run of several at once: how many of its requests were let through."""
    one, let_through = budget(Path(lake), 7.0), 0
    for number in range(12):
        try:
            reservation = one.reserve(ask(seed * 100 + number), "online")
        except BudgetError:
            continue
        let_through += 1
        if number % 3 == 0:
            reservation.settle(0.5)
    return let_through
