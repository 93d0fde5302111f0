"""`shopcart bench privacy`: plant, scrub by each method that is there, measure. Prints figures and judges nothing."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl
from lxml import etree

from shopcart_assets.platform.count import Advance, Count, uncounted
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger, open_llm
from shopcart_assets.platform.llm.budget import open_budget
from shopcart_assets.platform.settings import Settings
from shopcart_assets.privacy.benchmark.measure import Quality, measure, share_of_targets_altered, texts
from shopcart_assets.privacy.benchmark.plant import Planted, plant
from shopcart_assets.privacy.benchmark.presidio import presidio_model, scrub_by_presidio
from shopcart_assets.privacy.day import ScrubbedDay, scrub_day
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass
from shopcart_assets.privacy.parsing import UnreadablePage, parse

Method = Callable[[pl.DataFrame, pl.DataFrame], ScrubbedDay]
_TITLES = "//*[@id='productTitle'] | //h1 | //h2 | //h3 | //*[@itemprop='name']"
_SECRET = b"shopcart bench privacy"


@dataclass(frozen=True)
class MethodReport:
    """What one method did, and its speed in kilobytes of HTML a CPU second (pages and events together)."""

    method: str
    quality: Quality
    kilobytes_a_second: float
    llm: Figures | None = None


@dataclass(frozen=True)
class Report:
    """All methods on the same traffic: with the sentences that rules were written beside, and with those that only measure them."""

    seed: int
    n_users: int
    n_titles: int
    methods: tuple[MethodReport, ...]
    held_out: tuple[MethodReport, ...]

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench privacy --json` prints it."""
        return {
            "seed": self.seed,
            "n_users": self.n_users,
            "n_titles": self.n_titles,
            "methods": _by_name(self.methods),
            "held_out": _by_name(self.held_out),
        }

    def lines(self) -> list[str]:
        """As `shopcart bench privacy` prints it: one block of figures a method and set of sentences."""
        return [
            *(line for one in self.methods for line in _lines(one)),
            *(line for one in self.held_out for line in _lines(one, "held out, ")),
        ]


def bench(
    n_users: int, seed: int, pages: Path | None = None, llm_pass: LLMPass | None = None, count: Count = uncounted
) -> Report:
    """Measures all methods. `pages` is a folder of saved pages whose product titles are negatives too; with `llm_pass` one more."""
    titles = titles_of(pages) if pages else []
    developed = plant(n_users, seed, titles)
    held_out = plant(n_users, seed, titles, "held_out")
    methods = _methods(llm_pass)
    # A method takes a made-up day as a whole, as the stage does: what is inside is not counted, so as not to be timed.
    advance = count(2 * len(methods), "runs of a method")
    told = [tuple(_run_all(planted, methods, advance)) for planted in (developed, held_out)]
    return Report(seed, n_users, len(developed.titles), *told)


def pass_of(generator: str, settings: Settings, log: Callable[[str], None] = print) -> LLMPass:
    """The LLM pass by a declared generator, with a ledger of its own in the state folder. Raises NotDeclared and LLMError."""
    declared = settings.profile.generator(generator)
    ledger = Ledger(LocalLake(settings.state / "bench" / "privacy"))
    return LLMPass(
        open_llm(declared, settings, log),
        generator,
        declared.model,
        ledger,
        _SECRET,
        budget=open_budget(declared, settings),
    )


def titles_of(folder: Path) -> list[str]:
    """Headings and product names on the folder's pages, each once."""
    found: dict[str, None] = {}
    for file in sorted(folder.glob("*.htm*")):
        try:
            root = parse(file.read_bytes())
        except UnreadablePage:
            continue
        said = (
            " ".join("".join(map(str, one.itertext())).split())
            for one in cast("list[etree._Element]", root.xpath(_TITLES))
        )
        found |= dict.fromkeys(title for title in said if 12 <= len(title) <= 300)
    return list(found)


def _methods(llm_pass: LLMPass | None) -> dict[str, Method]:
    methods: dict[str, Method] = {
        "rules": lambda events, pages: scrub_day(events, pages, _SECRET, with_gazetteer=False),
        "rules_and_gazetteer": lambda events, pages: scrub_day(events, pages, _SECRET),
    }
    if llm_pass:
        name = f"rules_gazetteer_and_llm ({llm_pass.generator})"
        methods[name] = lambda events, pages: scrub_day(events, pages, _SECRET, llm_pass=llm_pass)
    return methods | ({f"presidio ({model})": scrub_by_presidio} if (model := presidio_model()) else {})


def _run_all(planted: Planted, methods: Mapping[str, Method], advance: Advance) -> Iterator[MethodReport]:
    before = texts(((page["page_id"], page["html"]) for page in planted.pages), planted.frames()[0], only_kept=True)
    for name, method in methods.items():
        yield _run(name, method, planted, before)
        advance(1)


def _run(name: str, method: Method, planted: Planted, before: dict[tuple[str, str], str]) -> MethodReport:
    events, pages = planted.frames()
    began = time.process_time()
    day = method(events, pages)
    seconds = time.process_time() - began
    after = texts(
        ((page_id, html.encode()) for page_id, html in day.pages.select("page_id", "html").iter_rows()), day.events
    )
    quality = measure(planted, before, after, share_of_targets_altered(events, day.events))
    return MethodReport(name, quality, round(planted.n_bytes / 1000 / max(seconds, 1e-9), 1), day.llm)


def _by_name(methods: tuple[MethodReport, ...]) -> dict[str, dict[str, Any]]:
    return {
        one.method: asdict(one.quality)
        | {"kilobytes_a_second": one.kilobytes_a_second}
        | ({"llm": asdict(one.llm)} if one.llm else {})
        for one in methods
    }


def _lines(report: MethodReport, before: str = "") -> list[str]:
    quality = report.quality
    head = (
        f"{before}{report.method}: own {quality.recall['own']:.3f} (told by a zone {quality.recall['own_told']:.3f}), third parties {quality.recall['third_party']:.3f} "
        f"of {quality.n_entities} entities ({quality.n_mentions} mentions); precision {quality.precision:.3f}; "
        f"altered {quality.share_of_titles_altered:.2%} of titles, {quality.share_of_event_targets_altered:.2%} of event targets; "
        f"{report.kilobytes_a_second:,.0f} KB/s"
    )
    splits = (
        f"  {whose:<12}" + "  ".join(f"{part} {share:.2f}" for part, share in split[whose].items())
        for whose in ("own", "third_party")
        for split in (quality.recall_by_kind, quality.recall_by_channel)
    )
    return [head, *([_spent(report.llm)] if report.llm else []), *splits]


def _spent(llm: Figures) -> str:
    refused = ", ".join(f"{n} {reason}" for reason, n in llm.refused.items()) or "nothing"
    cost = "unknown" if llm.cost_usd is None else f"${llm.cost_usd:.4f}"
    return (
        f"  llm         {llm.n_snippets} snippets, {llm.n_common} of many users, {llm.n_bought} asked, {llm.n_reused} reused; "
        f"{llm.n_marked} spans marked, refused {refused}; cost {cost}"
    )
