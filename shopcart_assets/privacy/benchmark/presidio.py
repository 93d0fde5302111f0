"""Presidio on the same traffic, where it is installed with an English spaCy model: what an off-the-shelf tool finds and spoils.

Only the benchmark uses it. Each text, attribute and typed value goes to its analyzer as it stands.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import cast

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.day import ScrubbedDay
from shopcart_assets.privacy.page import written
from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.slots import put

# Dates, addresses of pages, nationalities and firms are what a shop is about: masked too, they spoil nearly every title.
_SPARED = frozenset({"DATE_TIME", "URL", "NRP", "ORGANIZATION"})
_MASK = "[NAME_0000]"
_MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm")
Mask = Callable[[str], str]


def presidio_model() -> str | None:
    """The best installed spaCy model that Presidio can use; None where there is none or no Presidio."""
    if find_spec("presidio_analyzer") is None:
        return None
    return next((model for model in _MODELS if find_spec(model)), None)


def scrub_by_presidio(events: pl.DataFrame, pages: pl.DataFrame) -> ScrubbedDay:
    """Pages and events with what Presidio's recognizers find masked, apart from _SPARED; no findings and no drops."""
    mask = _masker(presidio_model() or "")
    scrubbed = [row | {"html": _page(row["html"], mask)} for row in pages.iter_rows(named=True)]
    kept = [row | {"n_findings": 0} for row in scrubbed]
    typed = [pl.col(name).map_elements(mask, pl.String) for name in ("value", "url")]
    target = pl.col("target").map_elements(lambda said: _target(said, mask), pl.String)
    return ScrubbedDay(
        events=events.with_columns(*typed, target),
        pages=pl.DataFrame(kept, schema=table("privacy.pages").schema()),
        findings=table("privacy.findings").empty(),
        drops=table("privacy.drops").empty(),
    )


def _page(html: bytes, mask: Mask) -> str:
    root = parse(html)
    for element in root.iter("*"):
        for where, text in (("text", element.text), ("tail", element.tail)):
            if text and not text.isspace():
                put(element, where, mask(text))
        for name, value in cast("list[tuple[str, str]]", element.items()):
            if name not in ("data-eid", "class") and value.strip():
                put(element, "@" + name, mask(value))
    return written(root)


def _target(said: str, mask: Mask) -> str:
    target = json.loads(said)
    return json.dumps(target | {"text": mask(target["text"])}, ensure_ascii=False)


def _masker(model: str) -> Mask:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": model}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    analyzer = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])

    wanted = sorted(set(analyzer.get_supported_entities("en")) - _SPARED)

    @lru_cache(maxsize=100_000)
    def mask(text: str) -> str:
        masked, last = text, len(text) + 1
        for one in sorted(analyzer.analyze(text, language="en", entities=wanted), key=lambda one: -one.start):
            masked = masked[: one.start] + _MASK + masked[min(one.end, last) :] if one.end <= last else masked
            last = min(last, one.start)
        return masked

    return mask
