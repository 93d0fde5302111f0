"""Whether the pass is on, by the settings, and what it did in a run, as plain figures for metadata. No text of a snippet or an answer."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shopcart_assets.platform.llm import LLM, Ledger, open_llm
from shopcart_assets.platform.llm.budget import open_budget
from shopcart_assets.platform.llm.port import LLMRefusedError
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass
from shopcart_assets.traffic import spool

Scratch = tempfile.TemporaryDirectory[str]


@dataclass
class Reading:
    """The pass, or None and why it is `off`; the figures of the days that it went over."""

    llm_pass: LLMPass | None
    off: str = ""
    days: list[Figures] = field(default_factory=list)
    scratch: Scratch | None = None

    @staticmethod
    def of(settings: Settings, log: Callable[[str], None] = print) -> "Reading":
        """On where the settings name a generator as privacy_llm and its server can be asked; nothing is sent or loaded yet."""
        generator = settings.privacy_llm
        if generator is None:
            return Reading(None, "no model configured")
        try:
            llm, scratch = _opened(generator, settings, log)
        except LLMRefusedError as error:
            return Reading(None, str(error))
        secret = settings.secret.get_secret_value().encode()
        ledger = Ledger(settings.open_lake())
        budget = open_budget(generator, settings)
        llm_pass = LLMPass(llm, generator.name, generator.model, ledger, secret, settings.privacy_llm_min_users, budget)
        return Reading(llm_pass, scratch=scratch)

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


def _opened(generator: GeneratorConfig, settings: Settings, log: Callable[[str], None]) -> tuple[LLM, Scratch | None]:
    """The model. A local one writes requests to its work folder: here one that goes with this process, or with the next if killed."""
    if generator.kind != "local":
        return open_llm(generator, settings, log), None
    from shopcart_assets.platform.llm.local import LocalLLM

    folder = settings.state / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    spool.sweep(folder)
    scratch = tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-llm-", dir=folder)
    local = LocalLLM(generator, settings, log)
    local.work = Path(scratch.name)
    return local, scratch
