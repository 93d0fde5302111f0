"""The columns of what a language model answered, in each stage's table of responses."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column

REQUEST_KEY = Column("request_key", pl.String(), "sha256 of the request: its place in the ledger")

ANSWERED = (
    Column(
        "state",
        pl.String(),
        "answered; under_way in a batch; failed:<reason> where the server refuses the request for good",
    ),
    Column(
        "stop_reason",
        pl.String(),
        "why the model stopped: end_turn, max_tokens, refusal, ...; null where it did not answer",
    ),
    Column("input_tokens", pl.Int64(), "tokens read; with those read from and written to a cache"),
    Column("cached_input_tokens", pl.Int64(), "of these, tokens read from a cache"),
    Column("output_tokens", pl.Int64(), "tokens written"),
    Column("cost_usd", pl.Float64(), "what it cost when it was bought; 0 for a local model, null where unknown"),
    Column("route", pl.String(), "online or batch"),
    Column("model", pl.String(), "the model that answered, as it names itself"),
    Column("request_id", pl.String(), "the server's own id of the request; null where it gave none"),
    Column("is_reused", pl.Boolean(), "whether the answer was already in the ledger"),
)
