"""Tables of the context stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import TIMESTAMP, Column, Table

_SESSION = Column("session_id", pl.String(), "session", is_key=True)
_STEP = Column("step", pl.Int64(), "position of the action in its session, from 1", is_key=True)
_ACTION = (
    Column("action_type", pl.String(), "click, type_and_submit or terminate"),
    Column("name", pl.String(), "name of the target on its page; null for terminate and where it was not resolved"),
    Column("text", pl.String(), "typed text; null unless type_and_submit"),
)

TABLES = (
    Table(
        "context.contexts",
        "One row for each page: the simplified HTML that a model sees.",
        (
            Column("page_id", pl.String(), "sha256 of the raw page's bytes", is_key=True),
            Column("title", pl.String(), "the page's title"),
            Column("html", pl.String(), "simplified HTML with hierarchical names"),
            Column("context_tokens", pl.Int64(), "estimated length of html in tokens"),
            Column("n_names", pl.Int64(), "elements that can be acted on"),
            Column("n_pruned", pl.Int64(), "elements left out to keep the token budget"),
        ),
        ("day",),
    ),
    Table(
        "context.elements",
        "One row for each named element of a page: what can be acted on, and how.",
        (
            Column("page_id", pl.String(), "page", is_key=True),
            Column("name", pl.String(), "hierarchical name, unique on its page", is_key=True),
            Column("role", pl.String(), "link, button, checkbox, radio, select, textbox, searchbox or option"),
            Column("position", pl.Int64(), "order on the page, from 1"),
        ),
        ("day",),
    ),
    Table(
        "context.quarantine",
        "One row for each scrubbed page that could not be read whole, and so has no context.",
        (
            Column("page_id", pl.String(), "see privacy.pages", is_key=True),
            Column("reason", pl.String(), "empty, no_markup (text or binary data), too_deep or cut_short"),
        ),
        ("day",),
    ),
    Table(
        "context.recipe_hits",
        "One row for each selector of a recipe that pages of the day chose: how often it hit. Recipes rot silently; here it shows.",
        (
            Column("recipe", pl.String(), "name of the recipe", is_key=True),
            Column("version", pl.Int64(), "the recipe's version", is_key=True),
            Column("page_kind", pl.String(), "kind of page that the selector is for; empty where for any", is_key=True),
            Column("selector", pl.String(), "CSS selector", is_key=True),
            Column("must_hit", pl.Boolean(), "whether it hits something on any day, unless the site's markup changed"),
            Column("n_pages", pl.Int64(), "pages of the day that the selector was tried on"),
            Column("n_pages_hit", pl.Int64(), "of these, pages with a hit"),
            Column("n_hits", pl.Int64(), "shown elements that it matched and no earlier rule took"),
        ),
        ("day",),
        no_person="counts over all pages of a day",
    ),
    Table(
        "context.actions",
        "One row for each action of an admitted session.",
        (
            _SESSION,
            _STEP,
            Column("user_id", pl.String(), "opaque id of the person"),
            *_ACTION,
            Column("page_id", pl.String(), "the page that the person was looking at; null where none was recorded"),
            Column(
                "resolved_by",
                pl.String(),
                "node_id, name, id, css, xpath, text, alias, ancestor, ...; none needed (terminate), no_page, unresolved",
            ),
            Column("timestamp", TIMESTAMP, "when it happened (UTC)"),
            Column("event_id", pl.String(), "its event in privacy.events; null for a terminate that was appended"),
        ),
        ("day",),
    ),
    Table(
        "context.optimal",
        "Simulated logs only: one row for each action, with the action that the shopper's own policy holds likeliest there.",
        (
            _SESSION,
            _STEP,
            *_ACTION,
            Column("probability", pl.Float64(), "its probability: the ceiling for any predictor"),
        ),
        ("day",),
    ),
)
