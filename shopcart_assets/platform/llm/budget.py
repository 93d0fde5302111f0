"""The budget: the worst case is set aside in the lake before anything is sent, so that no limit is ever overrun.

Each run reserves first and adds up then: of two at once both may be refused, never both let through. What a killed run left
open is settled by the next one. What is asked, and what it cost, is the ledger's business.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.capabilities import capabilities
from shopcart_assets.platform.llm.cost import worst_usd
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import BudgetError, LLMRequest, Route
from shopcart_assets.platform.llm.prices import ANTHROPIC_HOST, OPENAI_HOST, PriceList, dollars, server_host
from shopcart_assets.platform.llm.spending import (
    FREE,
    NANO,
    Held,
    LakeReservation,
    Spend,
    nano,
    open_reservations,
    spends,
)
from shopcart_assets.platform.profiles import GeneratorConfig

if TYPE_CHECKING:
    from shopcart_assets.platform.settings import Settings  # which knows the price list of this package

# More requests than an online run has under way at once: so many of a killed run's may have been paid for without an answer kept.
UNDER_WAY = 16


@dataclass(frozen=True)
class LakeBudget:
    """See port.Budget: what a generator may spend, of its own `budget_usd` and of the whole lake's limit, both in US dollars.

    `token_ratio` is the worst measured one; None = what the price list assumes. `is_gone` says whether the process that reserved
    has ended, where the lake's users know more than its machine.
    """

    lake: Lake
    generator: GeneratorConfig
    prices: PriceList
    lake_limit_usd: float | None = None
    token_ratio: float | None = None
    owner: Owner = field(default_factory=Owner.me)
    is_gone: Callable[[Owner], bool] = Owner.is_dead

    def reserve(self, requests: Sequence[LLMRequest], route: Route) -> LakeReservation:
        """See port.Budget. Nothing is set aside for what is free. Raises BudgetError; then nothing is set aside either."""
        self.check_price()
        price = self.prices.of(self.generator)
        keyed = {request.key(): request for request in requests}
        if price is None or price.is_free or not keyed:
            return self.reopen(FREE)
        ratio = self.token_ratio or self.prices.ratio(price).worst
        usd = worst_usd(list(keyed.values()), route, price, ratio, is_cached=self._is_cached(route))
        self.recover(keyed)
        reservation = self.reopen(uuid.uuid4().hex)
        reservation.hold(Held(self.owner, route, dict(zip(keyed, map(nano, usd), strict=True))))
        lacking = [one for one in self.spends() if one.left_usd is not None and one.left_usd < 0]
        if lacking:
            reservation.release()
            raise BudgetError(_refusal(lacking, len(keyed), sum(map(nano, usd)) / NANO))
        return reservation

    def reopen(self, reservation_id: str) -> LakeReservation:
        """See port.Budget."""
        return LakeReservation(self.lake, self.generator.name, reservation_id)

    def spends(self) -> list[Spend]:
        """This generator's spending so far, then that of all generators; of one moment."""
        found = spends(self.lake, {self.generator.name: self.generator.budget_usd}, self.lake_limit_usd)
        return [one for one in found[:-1] if one.generator == self.generator.name] + found[-1:]

    def left_usd(self) -> float | None:
        """What may still be spent: the least that a limit leaves; None where there is no limit."""
        return min((one.left_usd for one in self.spends() if one.left_usd is not None), default=None)

    def check_price(self) -> None:
        """Raises BudgetError where the generator costs money and has no budget, or nobody knows what it costs."""
        price, name, host = self.prices.of(self.generator), self.generator.name, server_host(self.generator)
        has_limit = self.generator.budget_usd is not None or self.lake_limit_usd is not None
        if price is None and (has_limit or host in (ANTHROPIC_HOST, OPENAI_HOST)):
            raise BudgetError(
                f"nobody knows what {self.generator.model} costs at {host}, so no budget can be kept for {name}: add it "
                "under prices in shopcart.yaml (input_usd and output_usd for a million tokens; 0 for a server of your own)"
            )
        if price and not price.is_free and not has_limit:
            raise BudgetError(
                f"{name} costs money and has no budget: set budget_usd, its own or for all, in shopcart.yaml"
            )

    def recover(self, again: Collection[str] = ()) -> None:
        """Settles what processes that have ended left open: answers in the ledger at their price, what may be lost at its worst.

        Of an online run as much may be lost as it has under way at once. A batch that is under way is left to those who collect
        it; a reservation of which no batch is left, or none was ever begun, holds nothing more. A process that asks some of the keys `again`
        has ended its earlier call, too. Raises LedgerError.
        """
        ledger = Ledger(self.lake)
        held_by = ((one, held) for one in open_reservations(self.lake) if (held := one.held()))
        left = [(one, held) for one, held in held_by if self._is_over(held, again)]
        waiting = ledger.records.reservations() if any(held.route == "batch" for _, held in left) else set()
        for reservation, held in left:
            if reservation.id in waiting:
                continue
            worst, answered = dict(held.worst_nano), ledger.have(held.worst_nano)
            known = [(worst.pop(key), answer.cost_usd) for key, answer in ledger.read(answered)]
            paid = sum(most if usd is None else nano(usd) for most, usd in known)
            lost = sorted(worst.values(), reverse=True)[:UNDER_WAY] if held.route == "online" else []
            reservation.settle((paid + sum(lost)) / NANO)

    def _is_cached(self, route: Route) -> bool:
        """Whether prompts are written to the server's cache: those of steps, online, where there is one."""
        is_asked_for = route == "online" and self.generator.mode == "per_action"
        return is_asked_for and capabilities(self.generator).cache_control

    def _is_over(self, held: Held, again: Collection[str]) -> bool:
        is_own = held.owner == self.owner and held.route == "online" and not held.worst_nano.keys().isdisjoint(again)
        return is_own or self.is_gone(held.owner)


def open_budget(generator: GeneratorConfig, settings: "Settings") -> LakeBudget:
    """The generator's budget in the settings' lake. Raises nothing: what is wrong with it is said when it is asked."""
    return LakeBudget(settings.open_lake(), generator, settings.prices, settings.budget_usd)


def spending(settings: "Settings") -> list[Spend]:
    """What each generator and each policy of a server has spent, set aside and left; all of them together last."""
    asked = [one.server.asked_for(one.name, str(one.model)) for one in settings.profile.policies if one.server]
    limits = {one.name: one.budget_usd for one in (*settings.profile.generators, *asked)}
    return spends(settings.open_lake(), limits, settings.budget_usd)


def _refusal(lacking: Sequence[Spend], n_requests: int, worst: float) -> str:
    """Which limits do not suffice and what each of them lacks; `reserved` is without these requests."""
    limits = "; ".join(
        f"of the {dollars(one.limit_usd or 0)} for {one.generator}, {dollars(one.spent_usd)} is spent and "
        f"{dollars(max(0.0, one.reserved_usd - worst))} reserved by others: {dollars(-(one.left_usd or 0))} is missing"
        for one in lacking
    )
    return (
        f"nothing was sent: {n_requests} requests cost {dollars(worst)} at worst; {limits}. "
        "Raise budget_usd in shopcart.yaml, ask for fewer days, or wait for what is under way"
    )
