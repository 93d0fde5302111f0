"""What the stage costs on saved pages, beside a bare lxml parse of the same page. Figures, no verdicts.

Every page is measured in one process, its steps in turn, and the shortest CPU time of all rounds counts: other load on the
machine then falls on all of them alike.
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.measure import bare_parse, cpu_milliseconds
from shopcart_assets.privacy.benchmark.people import make_person
from shopcart_assets.privacy.gazetteer import Gazetteer, own_values
from shopcart_assets.privacy.page import mine_page, scrub_page
from shopcart_assets.privacy.parsing import UnreadablePage, decode_bytes, parse
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.residual import residual_kinds
from shopcart_assets.privacy.second_pass import scrub_page_again


@dataclass(frozen=True)
class Milliseconds:
    """CPU time: a bare parse, the stage's own parse, its two passes (parsing included), and what its checks mine again and search."""

    bare: float
    parse: float
    first_pass: float
    second_pass: float
    mining: float
    residual: float


@dataclass(frozen=True)
class Speed:
    """Of all pages. Ratios are to the bare parse; the marginal one leaves out the one parse that no pipeline can do without."""

    pages: dict[str, Milliseconds]
    kilobytes: float

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench privacy --json` prints it."""
        return {"summary": self.summary(), "pages": {name: asdict(one) for name, one in self.pages.items()}}

    def summary(self) -> dict[str, float]:
        """Kilobytes of raw HTML a CPU second, and ratios of sums."""
        total = {
            step: sum(getattr(one, step) for one in self.pages.values()) for step in Milliseconds.__dataclass_fields__
        }
        stage = total["first_pass"] + total["second_pass"]
        return {
            "n_pages": len(self.pages),
            "kilobytes_a_second": round(1_000 * self.kilobytes / stage, 1),
            "ratio": round(stage / total["bare"], 2),
            "ratio_marginal": round((stage - total["parse"]) / total["bare"], 2),
            **{f"ratio_{step}": round(total[step] / total["bare"], 2) for step in total if step != "bare"},
        }

    def lines(self) -> list[str]:
        """As `shopcart bench privacy` prints it."""
        if not self.pages:
            return ["speed: no page that can be read"]
        told = self.summary()
        return [
            f"speed on {told['n_pages']} saved pages: {told['kilobytes_a_second']:,.0f} KB/s, {told['ratio']} x a bare parse "
            f"({told['ratio_marginal']} x beside the parse that any pipeline needs): first pass {told['ratio_first_pass']} x "
            f"with its own parse of {told['ratio_parse']} x, second pass {told['ratio_second_pass']} x; "
            f"the checks mine the raw page again for {told['ratio_mining']} x and search the scrubbed one for {told['ratio_residual']} x"
        ]


def bench_speed(folder: Path, seed: int, n_rounds: int = 3, count: Count = uncounted) -> Speed:
    """Measures all saved pages of a folder, each as seen by a made-up user of whom the day has told everything."""
    pages = {file.name: file.read_bytes() for file in sorted(folder.glob("*.htm*"))}
    readable = {name: html for name, html in pages.items() if _is_readable(html)}
    pseudonyms = Pseudonyms(b"shopcart bench privacy", "")
    values = own_values(make_person(random.Random(seed)).values().values())
    told = each(readable.items(), len(readable), "saved pages", count)
    times = {name: _times(html, Gazetteer(pseudonyms, values), n_rounds) for name, html in told}
    return Speed(times, sum(map(len, readable.values())) / 1_000)


def _times(html: bytes, gazetteer: Gazetteer, n_rounds: int) -> Milliseconds:
    text, pseudonyms = decode_bytes(html), gazetteer.pseudonyms
    scrubbed = scrub_page(html, url="", pseudonyms=pseudonyms).html
    steps: tuple[Callable[[], object], ...] = (
        lambda: bare_parse(text),
        lambda: parse(html),
        lambda: scrub_page(html, url="", pseudonyms=pseudonyms),
        lambda: scrub_page_again({"url": "", "html": scrubbed}, [gazetteer]),
        lambda: mine_page(html, url=""),
        lambda: residual_kinds(scrubbed),
    )
    rounds = [[cpu_milliseconds(step) for step in steps] for _ in range(n_rounds)]
    return Milliseconds(*(round(min(of_step), 3) for of_step in zip(*rounds, strict=True)))


def _is_readable(html: bytes) -> bool:
    try:
        parse(html)
    except UnreadablePage:
        return False
    return True
