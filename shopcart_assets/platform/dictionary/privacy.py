"""Tables of the privacy stage: the first without personal data."""

import polars as pl

from shopcart_assets.platform.dictionary.column import TIMESTAMP, Column, Table
from shopcart_assets.platform.dictionary.traffic import EVENT_COLUMNS, PAGE_FORMAT

_ERASED = (
    Column(
        "user_key",
        pl.String(),
        "the erased user as a keyed hash; whoever has the id and the secret can find it",
        is_key=True,
    ),
    Column("erased_at", TIMESTAMP, "what was recorded up to then is gone (UTC)", is_key=True),
)
_NO_PERSON = "the user is a keyed hash, and nothing else is told"

TABLES = (
    Table("privacy.events", "One row for each event of an admitted session, scrubbed.", EVENT_COLUMNS, ("day",)),
    Table(
        "privacy.pages",
        "One row for each page of an admitted session, scrubbed, its element tree unchanged.",
        (
            Column("page_id", pl.String(), "sha256 of the raw page's bytes", is_key=True),
            Column("url", pl.String(), "address of the page, scrubbed"),
            Column("html", pl.String(), "the scrubbed page"),
            PAGE_FORMAT,
            Column("n_findings", pl.Int64(), "pieces of personal data that were replaced"),
        ),
        ("day",),
    ),
    Table(
        "privacy.findings",
        "One row for each piece of personal data that was replaced; never the value itself.",
        (
            Column("source", pl.String(), "page or event", is_key=True),
            Column("source_id", pl.String(), "page_id or event_id", is_key=True, holds=("page_id", "event_id")),
            Column("ordinal", pl.Int64(), "position among the findings of its source, from 1", is_key=True),
            Column(
                "kind",
                pl.String(),
                "name, street, city, postcode, phone, email, card, order, account, ip, iban, birthday, message, secret, restricted",
            ),
            Column(
                "detector",
                pl.String(),
                "what found it: zone:<zone>, pattern:<kind>, gazetteer (the user's own values, told by their zones and fields), in what "
                "people write people:cue (a word such as `my wife`), people:pair (a given and a family name), people:typed (a search) or "
                "people:street, or llm (a model's reading of free text, where one is configured)",
            ),
            Column(
                "place",
                pl.String(),
                "text, attribute:<name>, element (its own name), url, value, rationale, target or optimal",
            ),
            Column("placeholder", pl.String(), "the pseudonym that stands there now"),
        ),
        ("day",),
    ),
    Table(
        "privacy.drops",
        "One row for each reason why a page could not be scrubbed and was dropped.",
        (
            Column("page_id", pl.String(), "sha256 of the raw page's bytes", is_key=True),
            Column(
                "reason",
                pl.String(),
                "restricted (login, account or checkout page), empty, no_markup, too_deep, not_delivered",
            ),
        ),
        ("day",),
    ),
    Table(
        "privacy.erasures",
        "One row for each place that an erasure looked at: what went, and what is still there.",
        (
            *_ERASED,
            Column(
                "place", pl.String(), "table, ledger, folder below the state folder, or file of a drop", is_key=True
            ),
            Column("kind", pl.String(), "table, ledger, file or drop"),
            Column("withdrawn_at", TIMESTAMP, "when the user withdrew (UTC); null where the user asked to be erased"),
            Column("n_partitions", pl.Int64(), "partitions of the table that were written again"),
            Column("n_rows", pl.Int64(), "rows, ledger entries or statements that went, raw texts that became null"),
            Column(
                "n_left",
                pl.Int64(),
                "of the drop: rows or pages that it still holds, which are not taken in again; elsewhere: rows in which the proof "
                "found an id or a pseudonym, to be looked at",
            ),
        ),
        no_person=_NO_PERSON,
    ),
    Table(
        "privacy.erasure_marks",
        "One row for each thing that was made from an erased user's sessions and is still there.",
        (
            *_ERASED,
            Column(
                "kind",
                pl.String(),
                "checkpoint (its weights have learned from them) or rationales (a batch)",
                is_key=True,
            ),
            Column("name", pl.String(), "the experiment, or the batch's day and generator", is_key=True),
            Column(
                "config_sha256",
                pl.String(),
                "which run of the experiment, as in training.checkpoints; null for rationales",
            ),
            Column("n_sessions", pl.Int64(), "sessions of the user in it"),
        ),
        no_person=_NO_PERSON,
    ),
)
