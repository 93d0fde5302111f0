"""How long a day's requests take to build, to key and to look up in a full ledger, and in how much memory. Figures, no verdicts.

The day is made up: sessions as long as the paper's (a mean of 7.25 actions, many short and few long), contexts of about 5,000
tokens, each page seen about three times. It is measured in a process of its own.
"""

import multiprocessing
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import polars as pl

from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.generator import GeneratorConfig, Mode
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger, LLMResponse
from shopcart_assets.platform.llm.entries import Entry
from shopcart_assets.platform.measure import peak_bytes
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.plan import plan

_MEAN_ACTIONS = 7.25
_PAGES_A_SIGHT = 0.35
_PAGE_WORDS = 1_600
_WORDS = [
    "red",
    "mug",
    "steel",
    "rug",
    "oak",
    "lamp",
    "desk",
    "travel",
    "kettle",
    "<li><a",
    "name='search_results.item.view_product'>",
    "$9.99",
    "</a></li>",
]
_PAGES_WEIGHED = 100
_CONTEXTS = "contexts.parquet"


@dataclass(frozen=True)
class Report:
    """Seconds by the clock, and those of all processors, which other load on the machine does not change.

    `peak_megabytes`: the most memory that the measuring process ever had, its libraries included.
    """

    mode: str
    n_sessions: int
    n_actions: int
    n_requests: int
    n_pages: int
    mean_context_tokens: int
    plan_seconds: float
    look_up_seconds: float
    cpu_seconds: float
    n_found: int
    peak_megabytes: float

    def to_dict(self) -> dict[str, Any]:
        """As `shopcart bench synthesis --json` prints it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As `shopcart bench synthesis` prints it."""
        return [
            f"{self.n_sessions:,} sessions, {self.n_actions:,} actions, {self.n_pages:,} pages of {self.mean_context_tokens:,} tokens",
            f"{self.n_requests:,} requests ({self.mode}) built and keyed in {self.plan_seconds} s; {self.n_found:,} of them found "
            f"in the ledger in {self.look_up_seconds} s; {self.cpu_seconds} s of processor time; peak memory {self.peak_megabytes} MB",
        ]


def bench(n_sessions: int, mode: Mode, seed: int = 0, count: Count = uncounted) -> Report:
    """Makes a day of so many sessions up in a temporary folder, answers all its requests, and measures a second look."""
    with tempfile.TemporaryDirectory() as folder:
        _make(Path(folder), n_sessions, seed)
        _answer(Path(folder), mode, count)
        # What is measured is not counted: it is alone in its process, and the other one only waits.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            return process.submit(_measure, Path(folder), n_sessions, mode).result()


def _make(folder: Path, n_sessions: int, seed: int) -> None:
    """context.contexts and context.actions of the day, as the context stage writes them."""
    rng = random.Random(seed)
    lengths = [max(2, round(rng.expovariate(1 / _MEAN_ACTIONS))) for _ in range(n_sessions)]
    n_pages = max(1, round(sum(lengths) * _PAGES_A_SIGHT))
    soup = " ".join(rng.choices(_WORDS, k=50 * _PAGE_WORDS))
    pages = [(f"{number:064x}", f"Page {number}", _page(rng, soup, number)) for number in range(n_pages)]
    frame = pl.DataFrame(pages, schema=["page_id", "title", "html"], orient="row")
    frame.write_parquet(folder / _CONTEXTS, compression="zstd")
    schema = table("context.actions").schema()
    rows = [row for number, length in enumerate(lengths) for row in _session(rng, number, length, n_pages)]
    columns = ["session_id", "step", "action_type", "name", "page_id"]
    taken = pl.DataFrame(rows, schema={name: schema[name] for name in columns}, orient="row")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in columns]
    taken.with_columns(missing).select(schema.names()).write_parquet(folder / "actions.parquet")


def _page(rng: random.Random, soup: str, number: int) -> str:
    start = rng.randrange(len(soup) // 2)
    return f"<html><body><h1>{number}</h1>{soup[start : start + len(soup) // 50]}</body></html>"


def _session(
    rng: random.Random, number: int, length: int, n_pages: int
) -> Iterator[tuple[str, int, str, str | None, str]]:
    for step in range(1, length + 1):
        page_id = f"{rng.randrange(n_pages):064x}"
        is_last = step == length
        name = None if is_last else "search_results.item.view_product"
        yield f"session-{number:06}", step, "terminate" if is_last else "click", name, page_id


def _answer(folder: Path, mode: Mode, count: Count) -> None:
    """A ledger with an answer to every request."""
    response = LLMResponse("{}", "some-model", 5_000, 40, "end_turn", 0.001, "{}" * 500)
    keys = _plan(folder, mode, count)["request_key"]
    Ledger(LocalLake(folder / "lake")).entries.put_all(
        Entry(key, response) for key in each(keys, len(keys), "answers", count)
    )


def _measure(folder: Path, n_sessions: int, mode: Mode) -> Report:
    actions = pl.read_parquet(folder / "actions.parquet")
    began, began_cpu = time.monotonic(), time.process_time()
    requests = _plan(folder, mode)
    planned = time.monotonic()
    found = Ledger(LocalLake(folder / "lake")).have(requests["request_key"])
    looked_up = time.monotonic()
    cpu = time.process_time() - began_cpu
    peak = peak_bytes() / 1e6
    pages = pl.read_parquet(folder / _CONTEXTS, columns=["html"])["html"]
    return Report(
        mode=mode,
        n_sessions=n_sessions,
        n_actions=actions.height,
        n_requests=requests.height,
        n_pages=len(pages),
        mean_context_tokens=round(mean(estimate_tokens(page) for page in pages.head(_PAGES_WEIGHED))),
        plan_seconds=round(planned - began, 1),
        look_up_seconds=round(looked_up - planned, 1),
        cpu_seconds=round(cpu, 1),
        n_found=len(found),
        peak_megabytes=round(peak, 1),
    )


def _plan(folder: Path, mode: Mode, count: Count = uncounted) -> pl.DataFrame:
    generator = GeneratorConfig("bench", "messages", "some-model", mode=mode, max_output_tokens=200)
    actions = pl.read_parquet(folder / "actions.parquet")
    return plan(actions, pl.scan_parquet(folder / _CONTEXTS), generator, count=count)
