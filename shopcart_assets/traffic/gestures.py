"""What a browser's events mean: typing and then Enter is one submit. No sessions' ends, no consent, no page.

Events are read in the order of time, each tab of a session by itself (`tab_id` and `window_id` of the recorder, where it has them).
A **phrase** is what a person does in one go in one tab: typing, then what submits it. Everything of a phrase but its action is
`merged_<type>`; typing that nothing submits, and what is no gesture at all, is `ignored_<why>`. So each event has one fate.

    input "mu", input "mug", keydown Enter, change, submit   one submit of "mug" into the field, at the time of the Enter
    input "mug", click on the search button                  the same, at the time of the click
    click on the search button                               a click: nothing was typed
    input "mu", click on the suggestion "mug tree"           a click: the suggestion was chosen, the typing came to nothing
    click into the search box                                no action: to focus a field does nothing yet
"""

import datetime as dt

import polars as pl
import polars.selectors as cs

from shopcart_assets.platform.shop_words import SIGN_IN_URL
from shopcart_assets.traffic.elements import describe
from shopcart_assets.traffic.rows import ACTION_TYPES, GESTURE_TYPES, KEY_TYPES, TYPING_TYPES

ECHO = dt.timedelta(seconds=1)
"""A browser tells one submission by several events at once (Enter, change, click on the form's button, submit): sooner than people act."""
ENTER_KEYS = ("Enter", "NumpadEnter", "13")
UNTYPED_VALUES = ("on", "off", "true", "false")
"""What check boxes have for a value, where the recorder does not tell a check box from a text field."""
KEY_FIELDS = ("key", "code", "keyCode")
TAB_FIELDS = ("window_id", "tab_id")

TYPING, ENTER, SUBMIT, BUTTON, ACT = "typing", "enter", "submit", "button", "act"
"""What an event can be in a phrase. ACT is any other action, and going to another page: both end the phrase before them."""
_SUBMITTING = (ENTER, SUBMIT, BUTTON)


def recognize(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of sessions (intake.ROWS_SCHEMA, in the order of time) as actions, in the same order.

    Adds `fate`, null where the row is an action and has the type `submit`, `click` or `close`, and the booleans `is_purchase` (a
    click on what buys) and `is_sign_in` (it leads to a sign-in page, or happened there). Of a submit that was recognized, `value` is
    the text that was typed and `target` the field. `rationale` is the row's own, else the last one of what was merged into it.
    """
    numbered = rows.with_row_index("at")
    verdicts = _verdicts(_phrases(_kinds(_seen(numbered))))
    ignored = "ignored_" + pl.col("event_type")
    return (
        numbered.join(verdicts, on="at", how="left", maintain_order="left")
        .with_columns(
            pl.when("is_search").then(pl.lit("submit")).otherwise("event_type").alias("event_type"),
            *(pl.coalesce(f"search_{name}", name).alias(name) for name in ("value", "target")),
            pl.coalesce("rationale", "merged_rationale").alias("rationale"),
            pl.when(pl.col("is_search").is_null()).then(ignored).otherwise("fate").alias("fate"),
            *(pl.col(name).fill_null(False) for name in ("is_purchase", "is_sign_in")),
        )
        .select(*rows.columns, "fate", "is_purchase", "is_sign_in")
    )


def _seen(numbered: pl.DataFrame) -> pl.DataFrame:
    """The rows that gestures and ends are told by, with what is known of element, key and tab; each tab's rows together."""
    rows = numbered.filter(pl.col("event_type").is_in((*GESTURE_TYPES, "navigate")))
    is_key = pl.col("event_type").is_in(KEY_TYPES)
    tab = pl.concat_str([_extra("extra", name).fill_null("") for name in TAB_FIELDS], separator="/")
    key = pl.coalesce(_extra("key_extra", name) for name in KEY_FIELDS)
    # A key event's `value` is the field's text where another field tells the key, else it is the key.
    return (
        rows.with_columns(pl.when(is_key).then("extra").alias("key_extra"), tab.alias("tab"))
        .with_columns(key.alias("key"))
        .with_columns(
            pl.when(~is_key | pl.col("key").is_not_null()).then("value").alias("text"),
            pl.when(is_key).then(pl.coalesce("key", "value")).alias("key"),
            pl.col("url").str.contains(SIGN_IN_URL).fill_null(False).alias("is_on_sign_in"),
            pl.col("url").str.replace(r"[?#].*$", "").alias("place"),
        )
        .join(describe(rows["target"]), on="target", how="left", maintain_order="left")
        .with_columns(pl.col("takes_text", "takes_enter").fill_null(True))
        .with_columns(cs.boolean().fill_null(False))
        .sort("session_id", "tab", "at")
        .with_columns(pl.struct("session_id", "tab").rle_id().alias("thread"))
        .drop("file", "line", "event_id", "user_id", "session_id", "page_id", "optimal", "extra", "key_extra", "tab")
    )


def _extra(column: str, name: str) -> pl.Expr:
    return pl.col(column).str.json_path_match(f"$.{name}")


def _kinds(seen: pl.DataFrame) -> pl.DataFrame:
    """Each row's `kind` in a phrase; of a row that is in none, `why` it is no action where there is more to say than its type."""
    is_key, is_enter = pl.col("key").is_not_null(), pl.col("key").is_in(ENTER_KEYS)
    event_type, is_click = pl.col("event_type"), pl.col("event_type") == "click"
    may_type = pl.col("takes_text") & pl.col("text").is_not_null() & ~pl.col("text").is_in(UNTYPED_VALUES)
    is_typing = may_type & (event_type.is_in(TYPING_TYPES) | (is_key & ~is_enter)) & ~pl.col("is_on_sign_in")
    known = seen.with_columns(is_typing.fill_null(False).alias("is_typing"), _is_followed().alias("is_followed"))
    fields = known.filter("is_typing").select("thread", "url", "element").unique().with_columns(is_typed_into=True)
    in_search_field = pl.when("is_typing").then("is_search_field").forward_fill().over("thread")
    is_button = pl.col("is_search_button") | pl.col("is_followed") | (pl.col("is_submit_button") & in_search_field)
    is_field = pl.col("is_field") | (pl.col("is_typed_into") & pl.col("takes_enter"))
    why = (
        pl.when(pl.col("is_on_sign_in") & (is_click | (event_type == "submit")))
        .then(pl.lit("ignored_on_sign_in"))
        .when(is_click & is_field)
        .then(pl.lit("ignored_click_into_field"))
        .when(is_click & pl.col("is_nowhere") & ~pl.col("is_followed"))
        .then(pl.lit("ignored_click_nowhere"))
    )
    kind = (
        pl.when("is_typing")
        .then(pl.lit(TYPING))
        .when(is_enter & pl.col("takes_enter") & ~pl.col("is_on_sign_in"))
        .then(pl.lit(ENTER))
        .when(event_type == "submit")
        .then(pl.lit(SUBMIT))
        .when(is_click & is_button & ~pl.col("is_purchase"))
        .then(pl.lit(BUTTON))
        .when(event_type.is_in((*ACTION_TYPES, "navigate")))
        .then(pl.lit(ACT))
    )
    return (
        known.join(fields, on=["thread", "url", "element"], how="left", maintain_order="left")
        .with_columns(why.alias("why"))
        .with_columns(pl.when(pl.col("why").is_null()).then(kind).alias("kind"))
    )


def _is_followed() -> pl.Expr:
    """A form's own event right behind a click says that the click was on its button, whatever the button looks like."""
    following = pl.struct("event_type", "text", "thread", "timestamp").shift(-1).struct
    return (
        (pl.col("event_type") == "click")
        & (following.field("event_type") == "submit")
        & following.field("text").is_null()
        & (following.field("thread") == pl.col("thread"))
        & (following.field("timestamp") - pl.col("timestamp") < ECHO)
    ).fill_null(False)


def _phrases(seen: pl.DataFrame) -> pl.DataFrame:
    """Numbers the phrases: `phrase`, of the rows with a kind, and of a text that a field commits once more: it says nothing new."""
    parts = _with_previous(seen.filter(pl.col("kind").is_not_null()))
    is_soon = pl.col("timestamp") - pl.col("timestamp_before") < ECHO
    last_text = pl.when(pl.col("kind") == TYPING).then("text").forward_fill().shift(1).over("thread")
    is_commit = (
        (pl.col("kind") == TYPING) & pl.col("kind_before").is_in(_SUBMITTING) & is_soon & (pl.col("text") == last_text)
    )
    told = parts.with_columns(is_commit.fill_null(False).alias("is_commit"))
    new = _with_previous(told.filter(~pl.col("is_commit")))
    same_text = (pl.col("text") == pl.col("text_before")).fill_null(True)
    same_place = (pl.col("place") == pl.col("place_before")).fill_null(True)
    goes_on = (
        pl.when(pl.col("kind_before") == TYPING)
        .then(pl.col("kind").is_in((TYPING, *_SUBMITTING)) & same_place)
        .when(pl.col("kind_before").is_in(_SUBMITTING))
        .then(pl.col("kind").is_in(_SUBMITTING) & is_soon & same_text)
        .otherwise(False)
    )
    begun = new.select("at", (~goes_on).cum_sum().alias("phrase"))
    numbered = told.select("at", "is_commit").join(begun, on="at", how="left", maintain_order="left")
    return seen.join(numbered.with_columns(pl.col("phrase").forward_fill()), on="at", how="left", maintain_order="left")


def _with_previous(parts: pl.DataFrame) -> pl.DataFrame:
    """Each row with what was there before it in its tab: kind_before, timestamp_before, text_before, place_before."""
    names = ("kind", "timestamp", "text", "place")
    return parts.with_columns(pl.col(name).shift(1).over("thread").alias(f"{name}_before") for name in names)


def _verdicts(seen: pl.DataFrame) -> pl.DataFrame:
    """By `at`: `is_search` (the row is a submit that was recognized), search_value, search_target, fate, merged_rationale,
    is_purchase, is_sign_in."""
    kind = pl.col("kind")
    has_text = pl.col("text") != ""
    submits, types = kind.is_in(_SUBMITTING), (kind == TYPING) & ~pl.col("is_commit")
    tells_field = (kind == SUBMIT) & has_text & pl.col("may_be_field")
    of_phrase = (
        seen.filter(pl.col("phrase").is_not_null())
        .group_by("phrase")
        .agg(
            pl.col("at").filter(submits).first().alias("submitted_at"),
            pl.col("at").filter(kind == BUTTON).first().alias("button_at"),
            pl.col("at").filter(kind == SUBMIT).first().alias("submit_at"),
            pl.col("text").filter(submits & (kind != BUTTON) & has_text).first().alias("own_text"),
            pl.col("target").filter(kind == SUBMIT).first().alias("own_target"),
            pl.struct("target", "element").filter(tells_field).first().alias("own_field"),
            pl.col("text").filter(types).last().replace("", None).alias("typed_text"),
            pl.struct("target", "element").filter(types).last().alias("typed_field"),
        )
        .with_columns(
            pl.coalesce("own_text", "typed_text").alias("search_text"),
            pl.coalesce("own_field", "typed_field").alias("field"),
        )
    )
    told = seen.join(of_phrase, on="phrase", how="left", maintain_order="left")
    at = pl.col("at")
    is_said = pl.col("search_text").is_not_null() & pl.col("submitted_at").is_not_null()
    is_search = (is_said & (at == pl.col("submitted_at"))).fill_null(False)
    is_of_field = pl.col("is_commit") | pl.col("element").eq_missing(pl.col("field").struct.field("element"))
    stays = (kind == ACT) & (pl.col("event_type") != "navigate") | (kind == BUTTON)
    first = pl.min_horizontal("button_at", "submit_at")
    merged, ignored = "merged_" + pl.col("event_type"), "ignored_" + pl.col("event_type")
    fate = (
        pl.when(pl.col("why").is_not_null())
        .then("why")
        .when(is_search)
        .then(None)
        .when(is_said)
        .then(pl.when(submits | is_of_field).then(merged).otherwise(ignored))
        .when(stays | ((kind == SUBMIT) & (at == first)))
        .then(None)
        .when((kind == SUBMIT) | ((kind == ENTER) & first.is_not_null()))
        .then(merged)
        .otherwise(ignored)
    )
    is_click = pl.col("event_type") == "click"
    judged = told.with_columns(fate.alias("fate"))
    return judged.select(
        "at",
        is_search.alias("is_search"),
        pl.when(is_search).then("search_text").alias("search_value"),
        pl.when(is_search)
        .then(pl.coalesce(pl.col("field").struct.field("target"), "own_target"))
        .alias("search_target"),
        "fate",
        _merged_rationale().alias("merged_rationale"),
        (is_click & pl.col("is_purchase") & ~is_search & pl.col("why").is_null()).alias("is_purchase"),
        (pl.col("is_on_sign_in") | (is_click & pl.col("is_to_sign_in") & pl.col("why").is_null())).alias("is_sign_in"),
    )


def _merged_rationale() -> pl.Expr:
    """For the first action of each phrase: the last rationale of what was merged into it."""
    is_action = pl.col("fate").is_null() & pl.col("phrase").is_not_null()
    is_first = is_action & (is_action.cum_sum().over("phrase") == 1)
    is_merged = pl.col("fate").str.starts_with("merged_")
    said = pl.col("rationale").filter(is_merged & pl.col("rationale").is_not_null()).last().over("phrase")
    return pl.when(is_first).then(said)
