"""A journey of four steps, as frames of the context stage: a search, a click, an unresolved click, the window closed."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import GeneratorConfig

DAY = "2026-09-01"
GENERATOR = GeneratorConfig(
    "tiny-random", "local", "tiny-random", max_output_tokens=12, output="sentence", page_tokens=28
)
PER_ACTION = GeneratorConfig("asked-by-action", "messages", "some-model", max_output_tokens=100)
PER_SESSION = replace(PER_ACTION, name="asked-by-session", mode="per_session")
GENERATORS = [GENERATOR, PER_ACTION, PER_SESSION, replace(PER_ACTION, page_tokens=28)]

_PAGES = {
    "home": ("Shop", "<p>Welcome</p><input name='search_input'>"),
    "results": ("Results for mug", "<ul><li><a name='red_mug.view'>Red mug</a> $9.99</li></ul>"),
    "product": ("Red mug", "<h1>Red mug</h1><button name='red_mug.buy_now'>Buy now</button>"),
}
_STEPS = [
    ("type_and_submit", "search_input", "mug", "home"),
    ("click", "red_mug.view", None, "results"),
    ("click", None, None, "product"),
    ("terminate", None, None, None),
]


def actions(*session_ids: str) -> pl.DataFrame:
    """context.actions of one day, the same four steps for each session, not in order."""
    rows: list[dict[str, Any]] = [
        {
            "session_id": session_id,
            "step": step,
            "user_id": "u",
            "action_type": action_type,
            "name": name,
            "text": text,
            "page_id": page_id,
            "resolved_by": "node_id",
            "timestamp": dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
            "event_id": None if action_type == "terminate" else f"{session_id}{step}",
        }
        for session_id in session_ids or ("a", "b")
        for step, (action_type, name, text, page_id) in reversed(list(enumerate(_STEPS, 1)))
    ]
    return pl.DataFrame(rows, schema=table("context.actions").schema())


def events(**said: str | None) -> pl.DataFrame:
    """privacy.events of the same actions, with what was said of the events of these ids."""
    taken = actions().filter(pl.col("event_id").is_not_null())
    rationales = [said.get(event_id) for event_id in taken["event_id"]]
    rows = taken.select("event_id", "session_id", "user_id", "timestamp").with_columns(
        rationale=pl.Series(rationales, dtype=pl.String)
    )
    return pl.DataFrame(rows.to_dicts(), schema=table("privacy.events").schema())


def contexts() -> pl.DataFrame:
    """context.contexts of the same day."""
    rows = [
        {"page_id": page_id, "title": title, "html": html, "context_tokens": 9, "n_names": 1, "n_pruned": 0}
        for page_id, (title, html) in _PAGES.items()
    ]
    return pl.DataFrame(rows, schema=table("context.contexts").schema())
