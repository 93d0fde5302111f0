"""Tables of the privacy stage: the first without personal data."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table
from shopcart_assets.platform.dictionary.traffic import EVENT_COLUMNS, PAGE_FORMAT

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
            Column("detector", pl.String(), "the rule that found it: zone:<zone> or pattern:<kind>"),
            Column("place", pl.String(), "text, attribute:<name>, url, value, target or optimal"),
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
)
