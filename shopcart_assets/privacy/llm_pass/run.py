"""The pass over one scrubbed day: what is left of free text is collected, asked about, and the marked words replaced.

Rows are changed in place, as the day's other passes do. Where free text stands, how a model is asked and what it may answer
belongs to the modules beside this one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shopcart_assets.platform.llm import LLM, Budget, Ledger
from shopcart_assets.privacy.catalogue import catalogue_words
from shopcart_assets.privacy.llm_pass.mask import mask
from shopcart_assets.privacy.llm_pass.rows import Residual, Seen, collect
from shopcart_assets.privacy.llm_pass.sealed import SealedLLM, verdict_of
from shopcart_assets.privacy.llm_pass.snippets import readable
from shopcart_assets.privacy.llm_pass.spans import Mark, Verdict, is_protected


@dataclass(frozen=True)
class Figures:
    """What a pass did. Of `n_snippets` different snippets `n_common` were seen by enough users, the others were asked for.

    `refused` counts by spans.Reason, over different snippets. `cost_usd` is what this run paid; None where a price is not known.
    """

    generator: str
    n_snippets: int = 0
    n_common: int = 0
    n_bought: int = 0
    n_reused: int = 0
    n_marked: int = 0
    n_masked: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0


@dataclass(frozen=True)
class LLMPass:
    """The model `llm` called `generator`, asked through `ledger` about snippets that fewer than `min_users` users of a day saw.

    `budget`: what may be spent; None = the caller knows that it is free.
    """

    llm: LLM
    generator: str
    model: str
    ledger: Ledger
    secret: bytes = field(repr=False)
    min_users: int = 5
    budget: Budget | None = None

    def over(self, day: Residual) -> Figures:
        """Replaces in the day's rows what the model marks. Raises LLMError; what was answered is kept, and nothing was changed then."""
        seen_by = collect(day)
        rare = {one: seen for one, seen in seen_by.items() if len(seen.users) < self.min_users}
        verdicts, bought, cost_usd = self._ask(rare)
        trade = catalogue_words(day.titles.items())
        every = dict.fromkeys(title for titles in day.titles.values() for title in titles)
        titles = [one for one in every if readable(one) not in seen_by]  # a review's heading names no goods
        refused = Counter[str]()
        marks: dict[str, tuple[Mark, ...]] = {}
        for snippet, verdict in verdicts.items():
            kept = tuple(one for one in verdict.marks if not is_protected(one, snippet, trade, titles))
            refused.update(verdict.refused)
            refused["protected"] += len(verdict.marks) - len(kept)
            if kept:
                marks[snippet] = kept
        on_pages = {page_id for snippet in marks for page_id in rare[snippet].pages}
        n_masked = mask(day, lambda snippet: marks.get(snippet, ()), on_pages, self.secret) if marks else 0
        return Figures(
            self.generator,
            len(seen_by),
            len(seen_by) - len(rare),
            bought,
            len(rare) - bought,
            sum(map(len, marks.values())),
            n_masked,
            {reason: n for reason, n in sorted(refused.items()) if n},
            cost_usd,
        )

    def _ask(self, rare: Mapping[str, Seen]) -> tuple[dict[str, Verdict], int, float | None]:
        """Verdicts by snippet, how many were bought now, and what they cost."""
        sealed = SealedLLM(self.llm, self.model, self.secret, rare)
        asked = [(snippet, session) for snippet, seen in sorted(rare.items()) for session in sorted(seen.sessions)]
        requests = [sealed.stand_in(snippet) for snippet, _ in asked]
        answers = self.ledger.generate(sealed, requests, [session for _, session in asked], self.budget)
        by_snippet = {snippet: answer for (snippet, _), answer in zip(asked, answers, strict=True)}
        costs = [one.response.cost_usd for one in by_snippet.values() if not one.is_reused]
        known = [cost for cost in costs if cost is not None]
        verdicts = {snippet: verdict_of(answer, snippet) for snippet, answer in by_snippet.items()}
        return verdicts, len(costs), round(sum(known), 6) if len(known) == len(costs) else None
