"""Tables of the traffic stage. Raw: they hold personal data and are read by the privacy stage only."""

import polars as pl

from shopcart_assets.platform.dictionary.column import TIMESTAMP, Column, Table

EVENT_COLUMNS = (
    Column("event_id", pl.String(), "id that the recorder gave the event", is_key=True),
    Column("user_id", pl.String(), "opaque id of the person"),
    Column(
        "session_id",
        pl.String(),
        "the log's own id, or one made from the user, the day and a count where the log has none; `~2` and so on where the log "
        "goes on after its session's end",
    ),
    Column("timestamp", TIMESTAMP, "when the event happened (UTC)"),
    Column(
        "event_type",
        pl.String(),
        "click, submit, close: the events that become actions; typing and what submits it are one submit",
    ),
    Column("url", pl.String(), "address of the page"),
    Column("page_id", pl.String(), "sha256 of the page's bytes; null where the recorder kept none"),
    Column(
        "target",
        pl.String(),
        "the element as JSON: any of node_id, name (on a page of format context), xpath, css, tag, text, href, attributes",
    ),
    Column("value", pl.String(), "text that was typed"),
    Column(
        "optimal",
        pl.String(),
        "simulated logs only: the likeliest event here by the shopper's own policy, as JSON "
        "{event_type, target, value, page_id, probability}",
    ),
    Column("rationale", pl.String(), "what the person said of why they did it; null where they said nothing"),
)

PAGE_FORMAT = Column(
    "format",
    pl.String(),
    "raw: as it was served; context: simplified and named by others already; null in older days, which are raw",
)

RAW_EVENT_COLUMNS = (
    *EVENT_COLUMNS,
    Column(
        "extra",
        pl.String(),
        "fields of the recorder that the contract does not know, as JSON; tab_id and window_id keep tabs apart, key, code or "
        "keyCode tell an Enter; kept here only, no later stage reads them",
    ),
)

TABLES = (
    Table(
        "traffic.consent",
        "One row for each change of a user's consent status, from the drops' consent files and from what events carry.",
        (
            Column("user_id", pl.String(), "opaque id of the person", is_key=True),
            Column("effective_at", TIMESTAMP, "from when the status holds (UTC)", is_key=True),
            Column(
                "status",
                pl.String(),
                "granted, denied, withdrawn, expired or unset; what is implied, undecided or in unknown words is unset",
            ),
            Column(
                "source",
                pl.String(),
                "where the status came from: what the consent file says, else consent_file; consent_event (an act of "
                "consent in the log) or event_flag (the field consent of an event)",
            ),
        ),
    ),
    Table(
        "traffic.withdrawals",
        "One row for each user who took consent back, with the built days that still use what was recorded before.",
        (
            Column("user_id", pl.String(), "opaque id of the person", is_key=True),
            Column(
                "withdrawn_at", TIMESTAMP, "what was recorded before is not to be used (UTC); the last time, of several"
            ),
            Column("status", pl.String(), "withdrawn, or denied after it was granted"),
            Column("n_sessions", pl.Int64(), "admitted sessions in traffic.sessions that began before"),
            Column("days_to_rebuild", pl.List(pl.String()), "their days (ISO dates); built again they refuse them"),
        ),
    ),
    Table(
        "traffic.events",
        "One row for each event of a session that began on the day, of a consenting user.",
        RAW_EVENT_COLUMNS,
        ("day",),
        is_raw=True,
    ),
    Table(
        "traffic.pages",
        "One row for each page that the day's events name and whose bytes were delivered.",
        (
            Column("page_id", pl.String(), "sha256 of the page's bytes", is_key=True),
            Column("url", pl.String(), "address of the page"),
            Column("html", pl.Binary(), "the page's bytes as they were delivered"),
            PAGE_FORMAT,
        ),
        ("day",),
        is_raw=True,
    ),
    Table(
        "traffic.sessions",
        "One row for each session that began on the day, admitted or not, and for what its log goes on with after it.",
        (
            Column("session_id", pl.String(), "see traffic.events", is_key=True),
            Column("user_id", pl.String(), "opaque id of the person"),
            Column("started_at", TIMESTAMP, "first event (UTC)"),
            Column("ended_at", TIMESTAMP, "last event (UTC)"),
            Column("n_events", pl.Int64(), "events that can become actions"),
            Column(
                "end_rule",
                pl.String(),
                "how it ended: purchase (a click on what buys, by its words; what its name says is decided in context), sign_in "
                "(a sign-in page), closed (window closed), gap (nobody came back)",
            ),
            Column("is_admitted", pl.Boolean(), "whether its events go on to the later stages"),
            Column("refusal", pl.String(), "why it was not admitted; null where it was"),
            Column(
                "official_split",
                pl.String(),
                "side of the split that an imported data set came with; only reported, dataset.splits goes by user",
            ),
        ),
        ("day",),
    ),
    Table(
        "traffic.quarantine",
        "One row for each delivered row that could not be used.",
        (
            Column("file", pl.String(), "file inside the drop", is_key=True),
            Column("line", pl.Int64(), "line or row number, from 1", is_key=True),
            Column("reason", pl.String(), "why it was refused"),
            Column(
                "raw",
                pl.String(),
                "the row as it was delivered; null where it is not text or may not be kept",
                is_raw_text=True,
            ),
        ),
        ("day",),
        is_raw=True,
    ),
    Table(
        "traffic.intake",
        "One row for each way that the day's delivered events went: read = sum of all other fates.",
        (
            Column(
                "fate",
                pl.String(),
                "read, kept, other_day (a session of the day before), merged_<type> (part of a kept or refused action), "
                "ignored_<type> or ignored_<why> (no action), no_consent_<status> (`erased`: of a user whose data were erased) or "
                "refused_<reason>",
                is_key=True,
            ),
            Column("n_events", pl.Int64(), "events"),
        ),
        ("day",),
        no_person="counts of a whole day",
    ),
)
