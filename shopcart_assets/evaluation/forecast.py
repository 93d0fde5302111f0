"""What a policy's questions will cost, told before anything is sent, and refused where the budget does not suffice.

The arithmetic is platform/llm/cost.py's, the limit platform/llm/budget.py's. Frames in, figures out.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.calibration import Scenarios, assumed, calibrated
from shopcart_assets.platform.llm.capabilities import capabilities
from shopcart_assets.platform.llm.cost import Cost, PromptShape, Way, cost, laid_out
from shopcart_assets.platform.llm.outcomes import ANSWERED
from shopcart_assets.platform.llm.port import BudgetError, LLMRefusedError, Route
from shopcart_assets.platform.llm.prices import PriceList, dollars


@dataclass(frozen=True)
class Forecast:
    """How the questions are asked and what those cost that are new; dollars None where nobody knows the price."""

    route: Route
    cost: Cost
    n_reused: int
    token_ratio: float

    def facts(self, left_usd: float | None) -> dict[str, int | float | str]:
        """For metadata and logs; what is not known, or has no limit, is left out."""
        usd = {"low_usd": self.cost.low_usd, "expected_usd": self.cost.expected_usd, "worst_usd": self.cost.worst_usd}
        told: dict[str, int | float | str] = {
            "n_new": self.cost.n_requests,
            "n_reused": self.n_reused,
            "route": self.route,
        }
        return told | {name: value for name, value in (usd | {"left_usd": left_usd}).items() if value is not None}


def forecast(
    planned: pl.DataFrame,
    known: Collection[str],
    generator: GeneratorConfig,
    past: pl.DataFrame,
    prices: PriceList,
    shared_tokens: int,
) -> Forecast:
    """Of `planned` (evaluation.responses before they are sent) by `past` responses of the policy, in any rounds.

    `known` keys cost nothing again: they are in the ledger, or under way. Raises LLMRefusedError where the server cannot be asked
    by the policy's route.
    """
    shape = PromptShape(shared_tokens, is_nested=True)
    scenarios = _scenarios(generator, _measured(past, generator, shape), prices)
    first = planned.unique("request_key", keep="first", maintain_order=True)
    new = _rows(first.filter(~pl.col("request_key").is_in(list(known))))
    costs = [(way.route, cost(new, way, prices.of(generator), scenarios, shape)) for way in _ways(generator)]
    route, cheapest = min(costs, key=lambda one: one[1].expected_usd or 0.0)
    ratio = scenarios.worst.token_ratio
    at_worst = replace(cheapest, worst_usd=_worst_usd(new, generator, route, prices, ratio))
    return Forecast(route, at_worst, first.height - new.height, ratio)


def _worst_usd(
    new: pl.DataFrame, generator: GeneratorConfig, route: Route, prices: PriceList, ratio: float
) -> float | None:
    """As LakeBudget reserves it, so that what is let through here is not refused halfway."""
    price = prices.of(generator)
    if price is None:
        return None
    is_cached = route == "online" and capabilities(generator).cache_control
    prompt, nothing = pl.col("input_tokens") * ratio, pl.lit(0.0)
    plain, written = (nothing, prompt) if is_cached else (prompt, nothing)
    output = pl.col("max_tokens").cast(pl.Float64)
    return float(new.select(price.usd(route, plain, written, nothing, output).sum()).item())


def refuse_over_budget(one: Forecast, budget: LakeBudget) -> None:
    """Raises BudgetError, which says what is missing, where the worst case does not fit what is left; nothing was sent then."""
    if not one.cost.n_requests:
        return
    budget.check_price()
    left, worst = budget.left_usd(), one.cost.worst_usd
    if left is not None and worst is not None and worst > left + 1e-9:
        raise BudgetError(
            f"nothing was sent: {one.cost.n_requests} requests of {budget.generator.name} cost {dollars(worst)} at worst, and "
            f"{dollars(max(0.0, left))} of the budget is left: {dollars(worst - left)} is missing. Raise budget_usd, the policy's "
            "own or that of all, or wait for what is under way"
        )


def _ways(generator: GeneratorConfig) -> list[Way]:
    """The ways that the policy's route allows, as our adapters ask: online with the cache wherever there is one."""
    can = capabilities(generator)
    ways = [Way("per_action", "online", "5m" if can.cache_control else "none")]
    if can.batches:
        ways.append(Way("per_action", "batch", "none"))
    allowed = [way for way in ways if generator.route in ("auto", way.route)]
    if not allowed:
        raise LLMRefusedError(
            f"{generator.name} has route {generator.route}, but its server answers no batches: set route to online or auto"
        )
    return allowed


def _rows(planned: pl.DataFrame) -> pl.DataFrame:
    """As platform/llm/cost.py wants requests: each for one action."""
    return planned.select(
        "session_id",
        "request_key",
        "max_tokens",
        first_step="step",
        last_step="step",
        sample_index="sample",
        input_tokens="estimated_tokens",
        mode=pl.lit("per_action"),
    )


def _measured(past: pl.DataFrame, generator: GeneratorConfig, shape: PromptShape) -> pl.DataFrame:
    """What past answers of this model were estimated at, and what they came to."""
    past = past.with_columns(session_id=pl.col("round") + pl.col("session_id"))
    laid = laid_out(_rows(past), "per_action", shape).select("request_key", "prefix_tokens", "n_actions")
    answered = past.filter(pl.col("state") == ANSWERED, pl.col("model").str.starts_with(generator.model))
    told = answered.rename({"sample": "sample_index"})
    return told.join(laid.unique("request_key"), on="request_key")


def _scenarios(generator: GeneratorConfig, past: pl.DataFrame, prices: PriceList) -> Scenarios:
    """No answer is asked for again, whatever it says."""
    price = prices.of(generator)
    made = calibrated(assumed(prices.ratio(price), price, generator.output), past)
    low, expected, worst = (replace(one, retry_share=0.0) for one in (made.low, made.expected, made.worst))
    return replace(made, low=low, expected=expected, worst=worst)
