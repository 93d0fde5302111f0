"""Tables of the reasoning stage."""

import polars as pl

from shopcart_assets.platform.dictionary.answered import ANSWERED, REQUEST_KEY
from shopcart_assets.platform.dictionary.column import Column, Table

_BY = ("day", "generator")
_SESSION = Column("session_id", pl.String(), "session", is_key=True)
_STEP = Column("step", pl.Int64(), "position of the action in its session, from 1", is_key=True)
_SAMPLE = Column("sample_index", pl.Int64(), "0 = the first time that it was asked, 1 = the one retry")
_SAMPLE_KEY = Column(_SAMPLE.name, _SAMPLE.dtype, _SAMPLE.description, is_key=True)
_MODE = Column(
    "mode", pl.String(), "per_action (steps up to its own) or per_session (the whole journey, as the paper's)"
)
# A request explains the steps from first_step to last_step: one action, or a whole session.
_ASKED = (
    _SESSION,
    Column("first_step", pl.Int64(), "first action that is to be explained", is_key=True),
    Column("last_step", pl.Int64(), "last action that is to be explained; nothing after it was shown"),
    _SAMPLE_KEY,
    REQUEST_KEY,
)

TABLES = (
    Table(
        "reasoning.requests",
        "One row for each request that rationales need, as it is asked first. It has no prompt: that is made anew from its step.",
        (
            *_ASKED,
            Column("input_tokens", pl.Int64(), "estimated length of the prompt in tokens"),
            Column("max_tokens", pl.Int64(), "most tokens that the answer may have"),
            Column("prompt_version", pl.String(), "prompt and examples: file name and first digits of their sha256"),
            _MODE,
        ),
        _BY,
    ),
    Table(
        "reasoning.responses",
        "One row for each request that was sent, retries too: its answer and its price, or that it is under way, or why it failed.",
        (
            *_ASKED,
            *ANSWERED,
        ),
        _BY,
    ),
    Table(
        "reasoning.rationales",
        "One row for each action that has a valid rationale: a first-person sentence or two that say why.",
        (
            _SESSION,
            _STEP,
            Column("rationale", pl.String(), "why the action was taken, in the first person"),
            Column(REQUEST_KEY.name, pl.String(), "sha256 of the request; null where a person said it"),
            _SAMPLE,
            Column(
                "parse_mode",
                pl.String(),
                "how the answer was read: sentence, strict, think_stripped, fenced, embedded; null where a person said it",
            ),
            Column(_MODE.name, pl.String(), f"{_MODE.description}; null where a person said it"),
        ),
        _BY,
    ),
    Table(
        "reasoning.quarantine",
        "One row for each rationale that was rejected. Those of is_final are lost; the others were mended by the retry.",
        (
            _SESSION,
            _STEP,
            _SAMPLE_KEY,
            Column(
                "defect",
                pl.String(),
                "unanswered, prompt_too_long, refusal, truncated, empty, no_json, schema, wrong_steps, missing_step, "
                "not_first_person, speaks_of_user, has_element_name, has_markup or too_long",
            ),
            Column("is_final", pl.Boolean(), "whether the action has no valid rationale"),
            REQUEST_KEY,
        ),
        _BY,
    ),
    Table(
        "reasoning.cost_preflight",
        "One row for each way of asking for a day's rationales: what it would cost, before anything is sent.",
        (
            Column(_MODE.name, _MODE.dtype, _MODE.description, is_key=True),
            Column("route", pl.String(), "online or batch", is_key=True),
            Column("cache", pl.String(), "how long the server keeps what repeats: none, 5m or 1h", is_key=True),
            Column("n_requests", pl.Int64(), "requests that would be sent, without retries"),
            Column("n_reused", pl.Int64(), "requests that cost nothing again: answered in the ledger, or under way"),
            Column("input_tokens", pl.Int64(), "tokens that are expected to be read"),
            Column("output_tokens", pl.Int64(), "tokens that are expected to be written, thinking included"),
            Column("low_usd", pl.Float64(), "US dollars at best; null where the price is not known"),
            Column("expected_usd", pl.Float64(), "US dollars as expected"),
            Column(
                "worst_usd",
                pl.Float64(),
                "US dollars at worst: the longest answers, each asked for twice, nothing found in the cache",
            ),
            Column("is_possible", pl.Boolean(), "whether the generator's server can be asked that way"),
            Column("is_chosen", pl.Boolean(), "the cheapest possible way that the generator's mode and route allow"),
            Column("n_measured", pl.Int64(), "past answers behind the expected figures; 0 = they are assumed"),
            Column("price", pl.String(), "id of the price list"),
        ),
        _BY,
        no_person="figures over all requests of a day",
    ),
)
