"""The pass over one scrubbed day: what is left of free text is collected, asked about, and the marked words replaced.

Rows are changed in place, as the day's other passes do. Where free text stands, how a model is asked and what it may answer
belongs to the modules beside this one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shopcart_assets.platform.llm import LLM, Ledger
from shopcart_assets.privacy.catalogue import CatalogueWords
from shopcart_assets.privacy.llm_pass import pages, typed
from shopcart_assets.privacy.llm_pass.sealed import SealedLLM, verdict_of
from shopcart_assets.privacy.llm_pass.snippets import is_worth_asking, snippets
from shopcart_assets.privacy.llm_pass.spans import Mark, Verdict, grams, is_protected
from shopcart_assets.privacy.parsing import UnreadablePage
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms

Guarded = Callable[[str, Callable[[], Any]], Any]
"""Subject and call -> what the call returns; it turns any error into one that quotes nothing."""


@dataclass(frozen=True)
class Residual:
    """A day after the other layers: rows by id, who saw which page, the words of the trade and the titles on each page's viewers' pages.

    `found` collects findings by ("page" or "event", id); `owner` says whose pseudonyms a page has.
    """

    events: Mapping[str, dict[str, Any]]
    pages: Mapping[str, dict[str, Any]]
    viewers: Mapping[str, Iterable[str]]
    found: Mapping[tuple[str, str], list[Finding]]
    owner: Callable[[str | None], str]
    trade: CatalogueWords
    titles: Sequence[str]
    guarded: Guarded


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
    """The model `llm` called `generator`, asked through `ledger` about snippets that fewer than `min_users` users of a day saw."""

    llm: LLM
    generator: str
    model: str
    ledger: Ledger
    secret: bytes = field(repr=False)
    min_users: int = 5

    def over(self, day: Residual) -> Figures:
        """Replaces in the day's rows what the model marks. Raises LLMError; what was answered is kept, and nothing was changed then."""
        snippets_seen = _collect(day)
        rare = {one: seen for one, seen in snippets_seen.items() if len(seen.users) < self.min_users}
        verdicts, bought, cost_usd = self._ask(rare)
        titles = grams(day.titles)
        refused = Counter[str]()
        marks: dict[str, tuple[Mark, ...]] = {}
        for snippet, verdict in verdicts.items():
            kept = tuple(one for one in verdict.marks if not is_protected(one, snippet, day.trade, titles))
            refused.update(verdict.refused)
            refused["protected"] += len(verdict.marks) - len(kept)
            if kept:
                marks[snippet] = kept
        n_masked = _mask(day, lambda snippet: marks.get(snippet, ()), self.secret) if marks else 0
        return Figures(
            self.generator,
            len(snippets_seen),
            len(snippets_seen) - len(rare),
            bought,
            len(rare) - bought,
            sum(map(len, marks.values())),
            n_masked,
            {reason: n for reason, n in sorted(refused.items()) if n},
            cost_usd,
        )

    def _ask(self, rare: Mapping[str, "_Seen"]) -> tuple[dict[str, Verdict], int, float | None]:
        """Verdicts by snippet, how many were bought now, and what they cost."""
        sealed = SealedLLM(self.llm, self.model, self.secret, rare)
        asked = [(snippet, session) for snippet, seen in sorted(rare.items()) for session in sorted(seen.sessions)]
        requests = [sealed.stand_in(snippet) for snippet, _ in asked]
        answers = self.ledger.generate(sealed, requests, about=[session for _, session in asked])
        by_snippet = {snippet: answer for (snippet, _), answer in zip(asked, answers, strict=True)}
        costs = [one.response.cost_usd for one in by_snippet.values() if not one.is_reused]
        known = [cost for cost in costs if cost is not None]
        verdicts = {snippet: verdict_of(answer, snippet) for snippet, answer in by_snippet.items()}
        return verdicts, len(costs), round(sum(known), 6) if len(known) == len(costs) else None


@dataclass(frozen=True)
class _Seen:
    """Who saw a snippet, and in which sessions."""

    users: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)


def _collect(day: Residual) -> dict[str, _Seen]:
    """All different snippets of the day that are worth asking for."""
    found: dict[str, _Seen] = defaultdict(_Seen)
    visits: dict[str, list[tuple[str, str]]] = defaultdict(list)
    typed_by: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def add(text: str, users: Iterable[str], sessions: Iterable[str]) -> None:
        for snippet in filter(is_worth_asking, snippets(text)):
            found[snippet].users.update(users)
            found[snippet].sessions.update(sessions)

    for event_id, event in day.events.items():
        visits[event["page_id"]].append((event["user_id"], event["session_id"]))
        for text in day.guarded(f"event {event_id}", partial(typed.typed_in, event)):
            typed_by[event["user_id"]][text].add(event["session_id"])
    for page_id, page in day.pages.items():
        users, sessions = {user for user, _ in visits[page_id]}, {session for _, session in visits[page_id]}
        for text in day.guarded(f"page {page_id}", partial(_texts, page["html"])):
            add(text, users, sessions)
    for user, texts in typed_by.items():
        for text in typed.complete(texts):
            add(text, [user], texts[text])
    return found


def _texts(html: str) -> list[str]:
    try:
        return pages.texts_of(html)
    except UnreadablePage:  # nothing is left on it
        return []


def _mask(day: Residual, marking: Callable[[str], Sequence[Mark]], secret: bytes) -> int:
    """Blocks first, then what was typed, over pages and events; how many places."""
    by_page: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_user: dict[str, list[str]] = defaultdict(list)
    for event in day.events.values():
        by_page[event["page_id"]].append(event)
        by_user[event["user_id"]] += typed.typed_in(event)
    found: list[tuple[tuple[str, str], list[Finding]]] = []
    for page_id, page in day.pages.items():
        call = partial(_mask_blocks, page, by_page[page_id], marking, Pseudonyms(secret, day.owner(page_id)))
        own, quoted = day.guarded(f"page {page_id}", call)
        found += [(("page", page_id), own), *((("event", event_id), one) for event_id, one in quoted.items())]
    said = {user: typed.Typed.of(typed.complete(texts), marking) for user, texts in by_user.items()}
    said = {user: one for user, one in said.items() if one.quotes}
    for event_id, event in day.events.items():
        if one := said.get(event["user_id"]):
            pseudonyms = Pseudonyms(secret, event["user_id"]), Pseudonyms(secret, day.owner(event["page_id"]))
            if event["page_id"] not in day.pages:
                pseudonyms = pseudonyms[0], pseudonyms[0]
            call = partial(typed.mask_event, event, one, *pseudonyms)
            found.append((("event", event_id), day.guarded(f"event {event_id}", call)))
    for page_id, page in day.pages.items():
        viewers = [said[user] for user in day.viewers.get(page_id, ()) if user in said]
        call = partial(typed.mask_page, page, viewers, Pseudonyms(secret, day.owner(page_id)))
        found.append((("page", page_id), day.guarded(f"page {page_id}", call)))
    for key, findings in found:
        day.found[key].extend(findings)
    return sum(len(findings) for _, findings in found)


def _mask_blocks(
    page: dict[str, Any], events: Sequence[dict[str, Any]], marking: Callable[[str], Sequence[Mark]], own: Pseudonyms
) -> tuple[list[Finding], dict[str, list[Finding]]]:
    try:
        return pages.mask_page(page, events, marking, own)
    except UnreadablePage:
        return [], {}
