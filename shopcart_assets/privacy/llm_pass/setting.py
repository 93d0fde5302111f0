"""Whether the pass is on, by the settings, and what it did in a run, as plain figures for metadata. No text of a snippet or an answer."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from shopcart_assets.platform.llm import Ledger, open_llm
from shopcart_assets.platform.llm.port import LLMRefusedError
from shopcart_assets.platform.settings import Settings
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass


@dataclass
class Reading:
    """The pass, or None and why it is `off`; the figures of the days that it went over."""

    llm_pass: LLMPass | None
    off: str = ""
    days: list[Figures] = field(default_factory=list)

    @staticmethod
    def of(settings: Settings, log: Callable[[str], None] = print) -> "Reading":
        """On where the settings name a generator as privacy_llm and its server can be asked; nothing is sent or loaded yet."""
        generator = settings.privacy_llm
        if generator is None:
            return Reading(None, "no model configured")
        try:
            llm = open_llm(generator, settings, log)
        except LLMRefusedError as error:
            return Reading(None, str(error))
        secret = settings.secret.get_secret_value().encode()
        ledger = Ledger(settings.open_lake())
        return Reading(LLMPass(llm, generator.name, generator.model, ledger, secret, settings.privacy_llm_min_users))

    def add(self, figures: Figures | None) -> None:
        """Notes what was done for one more day."""
        self.days += [figures] if figures else []

    def facts(self) -> dict[str, str | int | float]:
        """Metadata. Dollars are those that the run paid, and left out where a price is not known."""
        if self.llm_pass is None:
            return {"llm_pass": f"off ({self.off})"}
        refused = sum((Counter(dict(one.refused)) for one in self.days), Counter[str]())
        costs = [one.cost_usd for one in self.days if one.cost_usd is not None]
        return {
            "llm_pass": f"on ({self.llm_pass.generator})",
            "llm_snippets": sum(one.n_snippets for one in self.days),
            "llm_snippets_of_many_users": sum(one.n_common for one in self.days),
            "llm_asked": sum(one.n_bought for one in self.days),
            "llm_reused": sum(one.n_reused for one in self.days),
            "llm_marked": sum(one.n_marked for one in self.days),
            "llm_masked_places": sum(one.n_masked for one in self.days),
            **{f"llm_refused_{reason}": n for reason, n in sorted(refused.items())},
            **({"llm_cost_usd": sum(costs)} if len(costs) == len(self.days) else {}),
        }
