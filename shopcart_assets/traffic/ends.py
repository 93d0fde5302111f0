"""How sessions start and end, as data, and the cut where one ends before its log does. No consent, no reading of gestures.

A log that goes on after its session's end is a new session, `<id>~2`, then `<id>~3`, each judged by itself and kept with the day of
the log that it was cut from. To go on takes another action than to close the window.
"""

import polars as pl

IS_ACTION = pl.col("fate").is_null()
_IS_CLOSE = IS_ACTION & (pl.col("event_type") == "close")
_IS_MOVE = IS_ACTION & (pl.col("event_type") != "close")

# The recorder's own field `split`, a text, as importers of data sets that come with one write it; few logs have it.
_OFFICIAL_SPLIT = (
    pl.when(pl.col("extra").str.contains('"split"', literal=True)).then("extra").str.json_path_match("$.split")
)

CUTTING_RULES: dict[str, pl.Expr] = {"purchase": pl.col("is_purchase"), "sign_in": pl.col("is_sign_in")}
"""What ends a session even where its log goes on: a row for which it holds is the last that belongs to the session."""

CLOSING_RULES: dict[str, pl.Expr] = {"closed": pl.col("last_type") == "close", "gap": pl.lit(True)}
"""What ends a session where its log ends. Of all rules, these and those above, the first that holds is the session's `end_rule`."""

START_RULES: dict[str, pl.Expr] = {
    "mixed_users": pl.col("n_users") > 1,
    "no_events": pl.col("n_events") == 0,
    "starts_without_submit": pl.col("first_type") != "submit",
}
"""What a session must not be; the first that holds is its `refusal`."""


def split(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of `gestures.recognize`, in the same order, with the names of the sessions that they belong to in the end.

    Adds `ended_by`: on the row that ended its session, the rule; and `n_users`, how many people the whole log names. A close that is
    not the last action (another window stayed open) is `ignored_close_before_end`; one behind the end `ignored_close_after_end`.
    """
    log, part = "session_id", ["session_id", "part"]
    is_end = pl.col("ended_by").is_not_null()
    is_new_part = (pl.col("part") != pl.col("part").shift(1)).fill_null(True).over(log)
    number = (is_new_part & pl.col("has_moves")).cum_sum().over(log)
    fate = (
        pl.when(_IS_CLOSE & ~pl.col("has_moves") & (pl.col("part") > 0))
        .then(pl.lit("ignored_close_after_end"))
        .when(_IS_CLOSE & (pl.col("n_actions_on") > 1))
        .then(pl.lit("ignored_close_before_end"))
        .otherwise("fate")
    )
    return (
        rows.with_columns(
            _first_that_holds(CUTTING_RULES).alias("ended_by"),
            pl.col("user_id").n_unique().over(log).alias("n_users"),
        )
        .with_columns((is_end.cum_sum() - is_end.cast(pl.UInt32())).over(log).alias("part"))
        .with_columns(
            _IS_MOVE.any().over(part).alias("has_moves"),
            IS_ACTION.cum_sum(reverse=True).over(part).alias("n_actions_on"),
        )
        .with_columns(
            number.alias("number"), pl.when("has_moves").then("ended_by").alias("ended_by"), fate.alias("fate")
        )
        .with_columns(
            pl.when(pl.col("number") > 1)
            .then(pl.concat_str("session_id", pl.lit("~"), "number"))
            .otherwise("session_id")
            .alias("session_id")
        )
        .select(*rows.columns, "ended_by", "n_users")
    )


def summarize(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a session of `split`: traffic.sessions but for consent, with `refusal` as far as the events alone tell it."""
    types = pl.col("event_type").filter(IS_ACTION)
    return (
        rows.group_by("session_id", maintain_order=True)
        .agg(
            pl.col("user_id").first(),
            pl.col("timestamp").min().alias("started_at"),
            pl.col("timestamp").max().alias("ended_at"),
            IS_ACTION.sum().cast(pl.Int64()).alias("n_events"),
            pl.col("n_users").first(),
            types.first().alias("first_type"),
            types.last().alias("last_type"),
            pl.col("ended_by").drop_nulls().first(),
            _OFFICIAL_SPLIT.drop_nulls().first().alias("official_split"),
        )
        .with_columns(
            pl.coalesce("ended_by", _first_that_holds(CLOSING_RULES)).alias("end_rule"),
            _first_that_holds(START_RULES).alias("refusal"),
        )
        .drop("n_users", "first_type", "last_type", "ended_by")
    )


def _first_that_holds(rules: dict[str, pl.Expr]) -> pl.Expr:
    return pl.coalesce(pl.when(holds).then(pl.lit(rule)) for rule, holds in rules.items())
