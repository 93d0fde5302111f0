"""What a day's rationales will cost, by each way of asking, before anything is sent; and afterwards whether that was right.

Data frames in; a frame, facts and sentences out. The arithmetic is platform/llm/cost.py's, the limit platform/llm/budget.py's.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.calibration import Scenarios, assumed, calibrated
from shopcart_assets.platform.llm.capabilities import capabilities
from shopcart_assets.platform.llm.cost import WAYS, PromptShape, Way, cost, laid_out
from shopcart_assets.platform.llm.outcomes import UNDER_WAY
from shopcart_assets.platform.llm.port import BudgetError, LLMRefusedError
from shopcart_assets.platform.llm.prices import PriceList, dollars
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.prompt import prompt_of

TOLERANCE = 0.1
"""How far the bill may be from what was expected."""

_PLACE = ["session_id", "first_step"]


def preflight(
    requests: pl.DataFrame,
    generator: GeneratorConfig,
    *,
    known: Collection[str],
    past: pl.DataFrame,
    prices: PriceList,
) -> pl.DataFrame:
    """reasoning.cost_preflight of one day's requests (reasoning.requests): one row for each way.

    `known` are keys that cost nothing again: in the ledger, or under way. `past` is what `measured` or `counted` makes, of any
    days. The mode is a scientific choice: the chosen way is never of another. Raises LLMRefusedError where no possible way is of
    the generator's route.
    """
    price, shape, scenarios = prices.of(generator), shape_of(generator), _scenarios(generator, past, prices)
    first = requests.unique("request_key", keep="first", maintain_order=True)
    new = first.filter(~pl.col("request_key").is_in(list(known)))
    rows = [
        {
            **asdict(way),
            **asdict(cost(new if way.mode == generator.mode else first, way, price, scenarios, shape)),
            "n_reused": first.height - new.height if way.mode == generator.mode else 0,
            "is_possible": _is_possible(way, generator),
            "is_chosen": False,
            "n_measured": scenarios.n_measured,
            "price": prices.id,
        }
        for way in WAYS
    ]
    allowed = [row for row in rows if row["is_possible"] and _is_allowed(row, generator)]
    if not allowed:
        raise LLMRefusedError(
            f"{generator.name} has route {generator.route}, but its server answers no batches: set route to online or auto"
        )
    min(allowed, key=lambda row: row["expected_usd"] or 0.0)["is_chosen"] = True
    preflight_table = table("reasoning.cost_preflight")
    return preflight_table.conform(pl.DataFrame(rows, schema_overrides=preflight_table.schema()))


def worst_token_ratio(generator: GeneratorConfig, past: pl.DataFrame, prices: PriceList) -> float:
    """The most tokens for each estimated one, for LakeBudget: so that what is reserved is as sure as what is forecast."""
    return _scenarios(generator, past, prices).worst.token_ratio


def _scenarios(generator: GeneratorConfig, past: pl.DataFrame, prices: PriceList) -> Scenarios:
    price = prices.of(generator)
    return calibrated(assumed(prices.ratio(price), price, generator.output), past)


def shape_of(generator: GeneratorConfig) -> PromptShape:
    """How the generator's prompts repeat: instructions and examples always; asked for JSON, each step's the one before it."""
    return PromptShape(prompt_of(generator).input_tokens, generator.output == "json")


def _is_possible(way: Way, generator: GeneratorConfig) -> bool:
    """As our adapters ask: steps online with the cache wherever there is one, whole sessions and batches without it."""
    can = capabilities(generator)
    if way.mode == "per_session" and generator.output == "sentence":
        return False
    if way.route == "batch":
        return can.batches and way.cache == "none"
    return (way.cache == "5m") == (can.cache_control and way.mode == "per_action")


def _is_allowed(row: Mapping[str, object], generator: GeneratorConfig) -> bool:
    return row["mode"] == generator.mode and generator.route in ("auto", row["route"])


def measured(requests: pl.DataFrame, responses: pl.DataFrame, generator: GeneratorConfig) -> pl.DataFrame:
    """Past answers of this model in this mode with what was estimated of them, from reasoning.requests and .responses."""
    asked = requests.filter(pl.col("mode") == generator.mode)
    laid = laid_out(asked, generator.mode, shape_of(generator)).select(
        *_PLACE, "request_key", "n_actions", "prefix_tokens", estimated_tokens="input_tokens"
    )
    is_ours = pl.col("model").str.contains(rf"^{re.escape(generator.model)}(-\d{{8}})?$")
    answered = responses.filter(pl.col("state") == "answered", is_ours)
    firsts = answered.filter(pl.col("sample_index") == 0).join(laid, on="request_key", how="semi")
    retries = answered.filter(pl.col("sample_index") > 0).join(firsts, on=_PLACE, how="semi")
    return pl.concat([firsts, retries]).drop("request_key").join(laid.unique(_PLACE), on=_PLACE)


def counted(requests: pl.DataFrame, tokens: Mapping[str, int]) -> pl.DataFrame:
    """The same from prompts that a server has only counted: tokens by request key. It says nothing of answers."""
    found = pl.DataFrame(
        {"request_key": list(tokens), "tokens": list(tokens.values())},
        schema={"request_key": pl.String, "tokens": pl.Int64},
    )
    nothing = {
        name: pl.lit(None, pl.Int64) for name in ("output_tokens", "n_actions", "cached_input_tokens", "prefix_tokens")
    }
    return (
        requests.join(found, on="request_key")
        .rename({"input_tokens": "estimated_tokens", "tokens": "input_tokens"})
        .with_columns(**nothing, route=pl.lit(None, pl.String))
    )


def facts(frame: pl.DataFrame, left_usd: float | None) -> dict[str, int | float | str]:
    """Of the chosen ways of some days of one generator, for metadata. What is not known, or has no limit, is left out."""
    chosen = frame.filter("is_chosen")
    sums = chosen.select(pl.col("n_requests", "n_reused", "input_tokens", "output_tokens").sum()).row(0, named=True)
    usd = {name: float(chosen[name].sum()) for name in _usd_columns(chosen)}
    missing = {"missing_usd": max(0.0, usd["worst_usd"] - left_usd)} if usd and left_usd is not None else {}
    left = {} if left_usd is None else {"left_usd": left_usd}
    return {**sums, **usd, **left, **missing, "summary": summary(frame)}


def summary(frame: pl.DataFrame) -> str:
    """In a sentence or two: what it costs, how it is asked, and whether the other mode would be cheaper."""
    chosen = frame.filter("is_chosen")
    n_new, n_reused = int(chosen["n_requests"].sum()), int(chosen["n_reused"].sum())
    if not n_new:
        return f"all {n_reused} requests are answered or under way: this costs $0"
    how = ", ".join(chosen.select(pl.format("{} {}, cache {}", "mode", "route", "cache")).to_series().unique().sort())
    said = f"{n_new} new requests, {n_reused} answered or under way; {how}: "
    if not _usd_columns(chosen):
        return f"{said}nobody knows the price"
    low, expected, worst = (float(chosen[name].sum()) for name in _usd_columns(chosen))
    said += f"{dollars(expected)} expected, {dollars(low)} to {dollars(worst)}"
    other = frame.filter("is_possible", pl.col("mode") != chosen["mode"][0])
    ways = other.group_by("mode", "route").agg(pl.col("expected_usd").sum()).sort("expected_usd", "route")
    cheaper = [f"; mode {mode} would cost {dollars(usd)} {route}" for mode, route, usd in ways.rows() if usd < expected]
    return said + "".join(cheaper[:1])


def _usd_columns(chosen: pl.DataFrame) -> list[str]:
    """The columns in dollars, none where one of them is not known."""
    names = ["low_usd", "expected_usd", "worst_usd"]
    return [] if chosen.select(pl.col(names).is_null().any()).transpose().to_series().any() else names


def over_budget(frame: pl.DataFrame, budget: Callable[[str], LakeBudget]) -> list[str]:
    """Of reasoning.cost_preflight with its partition columns: the generators whose worst case does not fit what is left.

    What is free, or was answered before, needs no budget.
    """
    problems = []
    for (name,), chosen in frame.filter("is_chosen", pl.col("n_requests") > 0).group_by(
        "generator", maintain_order=True
    ):
        of_generator = budget(str(name))
        try:
            of_generator.check_price()
        except BudgetError as error:
            problems.append(str(error))
            continue
        left, worst = of_generator.left_usd(), float(chosen["worst_usd"].sum())
        if left is not None and worst > left + 1e-9:
            problems.append(
                f"{name}: {dollars(worst)} at worst, but {dollars(left)} of the budget is left: {dollars(worst - left)} is missing"
            )
    return problems


def bill_differs(frame: pl.DataFrame, responses: pl.DataFrame) -> list[str]:
    """Days whose bill is not within a tenth of what was expected. Only where all that was to be sent has its answer.

    Both with their partition columns. A day that was forecast again since it was paid has nothing to compare.
    """
    problems = []
    for day, name, n_requests, n_reused, expected in (
        frame.filter("is_chosen").select("day", "generator", "n_requests", "n_reused", "expected_usd").iter_rows()
    ):
        of_day = responses.filter(pl.col("day") == day, pl.col("generator") == name).unique("request_key")
        paid = of_day.filter(~pl.col("is_reused")) if n_reused else of_day
        has_ended = not (of_day["state"] == UNDER_WAY).any()
        is_whole = has_ended and n_requests and paid.filter(pl.col("sample_index") == 0).height == n_requests
        costs = paid.filter(pl.col("state") == "answered")["cost_usd"]
        if not is_whole or expected is None or costs.null_count():
            continue
        bill = float(costs.sum())
        if abs(bill - expected) > TOLERANCE * expected:
            problems.append(
                f"{name}, {day}: the bill is {dollars(bill)}, {dollars(expected)} was expected: later days are forecast by it"
            )
    return problems
