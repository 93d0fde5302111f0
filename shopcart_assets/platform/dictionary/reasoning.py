"""Tables of the reasoning stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

TABLES = (
    Table(
        "reasoning.rationales",
        "One row for each action: a synthesized first-person sentence that says why, written from the steps up to its own.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column("step", pl.Int64(), "position of the action in its session, from 1", is_key=True),
            Column("rationale", pl.String(), "the sentence; empty where the model wrote nothing usable"),
            Column(
                "defect",
                pl.String(),
                "empty, truncated, not_first_person, too_long, has_markup, refusal; null where none",
            ),
            Column("request_key", pl.String(), "sha256 of the request: its place in the ledger"),
            Column("input_tokens", pl.Int64(), "tokens read"),
            Column("output_tokens", pl.Int64(), "tokens written"),
            Column("cost_usd", pl.Float64(), "what this answer cost when it was bought; 0 for a local model"),
            Column("is_reused", pl.Boolean(), "whether the answer was already in the ledger"),
        ),
        ("day", "generator"),
    ),
)
