"""Tables of the dataset stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

_CONVERSATION = (
    Column("session_id", pl.String(), "session", is_key=True),
    Column("user_id", pl.String(), "opaque id of the person"),
    Column("split", pl.String(), "train or test"),
    Column(
        "steps",
        pl.String(),
        "the session as JSON: {system, steps: [{step, is_case, turns: [{role, content}]}]}; loss on assistant turns only",
    ),
    Column("n_steps", pl.Int64(), "actions"),
    Column("conversation_tokens", pl.Int64(), "estimated length in tokens, before the trainer cuts it to its limit"),
)

TABLES = (
    Table(
        "dataset.splits",
        "One row for each session whose actions are all known: its side of the split.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column("user_id", pl.String(), "opaque id of the person"),
            Column("split", pl.String(), "train or test, by a stable hash of user_id"),
            Column("n_steps", pl.Int64(), "actions"),
            Column("outcome", pl.String(), "purchase or terminate: the last action"),
        ),
        ("day",),
    ),
    Table(
        "dataset.cases",
        "One row for each test case: an action from the second on of a test session.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column("step", pl.Int64(), "position of the action in its session, from 2", is_key=True),
            Column("user_id", pl.String(), "opaque id of the person"),
            Column("action", pl.String(), "what the person did, as JSON"),
            Column("page_id", pl.String(), "the page that the person was looking at"),
            Column("is_final", pl.Boolean(), "whether it is the session's last action"),
        ),
        ("day",),
    ),
    Table(
        "dataset.conversations_action_only",
        "One row for each session as a training conversation without reasoning.",
        _CONVERSATION,
        ("day",),
    ),
    Table(
        "dataset.conversations_reasoning",
        "One row for each session as a training conversation with the generator's rationales.",
        _CONVERSATION,
        ("day", "generator"),
    ),
    Table(
        "dataset.refused",
        "One row for each admitted session that is in no split, with the reason.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column(
                "reason", pl.String(), "starts_without_search, ends_open, target_unresolved, page_missing, too_short"
            ),
        ),
        ("day",),
    ),
)
