"""Where a session ends and what its log's going on makes; cut into days a log gives the sessions that it gives in one piece."""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.traffic.ends import CLOSING_RULES, CUTTING_RULES, START_RULES, split, summarize
from shopcart_assets.traffic.gestures import recognize
from shopcart_assets.traffic.sessions import Window, cut
from tests.traffic.browser import AREA, BOX, BUY, ENTER, PRODUCT, SEARCH, SIGN_IN, Event, event, fates, rows_of, told

QUERY = event("submit", BOX, "mugs")
SIGN_IN_PAGE = "https://shop.example/ap/signin"
Summary = list[tuple[str, int, str, str | None]]


def _summary(*events: Event) -> Summary:
    """Session, number of actions, end rule, refusal."""
    return summarize(told(rows_of(events))).select("session_id", "n_events", "end_rule", "refusal").rows()


def test_a_session_ends_with_the_window_a_purchase_a_sign_in_page_or_because_nobody_came_back() -> None:
    assert _summary(QUERY, event("click", PRODUCT), event("close")) == [("s", 3, "closed", None)]
    assert _summary(QUERY, event("click", BUY)) == [("s", 2, "purchase", None)]
    assert _summary(QUERY, event("click", SIGN_IN)) == [("s", 2, "sign_in", None)]
    assert _summary(QUERY, event("navigate", url=SIGN_IN_PAGE)) == [("s", 1, "sign_in", None)]
    assert _summary(QUERY, event("click", PRODUCT), event("scroll")) == [("s", 2, "gap", None)]


def test_a_log_that_goes_on_after_a_purchase_is_further_sessions_each_judged_by_itself() -> None:
    bought = (QUERY, event("click", BUY))
    assert _summary(*bought, event("scroll"), *bought, event("click", PRODUCT), event("close")) == [
        ("s", 2, "purchase", None),
        ("s~2", 2, "purchase", None),
        ("s~3", 2, "closed", "starts_without_submit"),
    ]


def test_typing_that_begins_behind_the_end_is_the_next_sessions() -> None:
    rows = rows_of([QUERY, event("click", BUY), event("input", BOX, "tea"), event("keydown", BOX, extra=ENTER)])
    assert told(rows)["session_id"].to_list() == ["s", "s", "s~2", "s~2"]
    assert _summary(QUERY, event("click", BUY), event("input", BOX, "tea")) == [("s", 2, "purchase", None)]


def test_to_close_the_window_behind_the_end_is_not_to_go_on() -> None:
    events = (QUERY, event("click", BUY), event("scroll"), event("close"))
    assert _summary(*events) == [("s", 2, "purchase", None)]
    assert fates(rows_of(events)) == {"e2": "ignored_scroll", "e3": "ignored_close_after_end"}


def test_a_closed_tab_ends_nothing_while_another_goes_on() -> None:
    events = (
        event("submit", BOX, "mugs", extra={"tab_id": 1}),
        event("click", PRODUCT, extra={"tab_id": 2}),
        event("close", extra={"tab_id": 1}),
        event("click", PRODUCT, extra={"tab_id": 2}),
        event("close", extra={"tab_id": 2}),
    )
    assert _summary(*events) == [("s", 4, "closed", None)]
    assert fates(rows_of(events)) == {"e2": "ignored_close_before_end"}
    assert _summary(*events[:4]) == [("s", 3, "gap", None)]


def test_signing_in_is_between_two_sessions() -> None:
    signing_in = [
        one | {"url": SIGN_IN_PAGE}
        for one in (event("navigate"), event("input", BOX, "me"), event("submit", BOX, "me"), event("click", SEARCH))
    ]
    assert _summary(QUERY, *signing_in, QUERY, event("close")) == [
        ("s", 1, "sign_in", None),
        ("s~2", 2, "closed", None),
    ]
    assert _summary(*signing_in, QUERY, event("close")) == [("s", 2, "closed", None)]
    assert _summary(*signing_in) == [("s", 0, "gap", "no_events")]


def test_what_a_session_must_not_be_and_which_reason_comes_first() -> None:
    assert _summary(event("click", PRODUCT), QUERY) == [("s", 2, "gap", "starts_without_submit")]
    assert _summary(event("scroll"), event("click", AREA)) == [("s", 0, "gap", "no_events")]
    assert _summary(event("close")) == [("s", 1, "closed", "starts_without_submit")]
    shared = _summary(QUERY, event("click", BUY), event("submit", BOX, "tea", user_id="v"))
    assert shared == [("s", 2, "purchase", "mixed_users"), ("s~2", 1, "gap", "mixed_users")]
    assert list(START_RULES) == ["mixed_users", "no_events", "starts_without_submit"]


KINDS: Mapping[str, Event] = {
    "typed": event("input", BOX, "mugs"),
    "typed_other": event("input", BOX, "tea"),
    "enter": event("keydown", BOX, extra=ENTER),
    "committed": event("change", BOX, "mugs"),
    "form": event("submit", {"tag": "form"}),
    "query": QUERY,
    "search": event("click", SEARCH),
    "focus": event("click", BOX),
    "nowhere": event("click", AREA),
    "product": event("click", PRODUCT),
    "buy": event("click", BUY),
    "sign_in": event("navigate", url=SIGN_IN_PAGE),
    "close": event("close"),
    "scroll": event("scroll"),
}
Step = tuple[str, float, int]
"""Kind, seconds since the step before, tab."""
Visit = tuple[str, bool, float, list[Step]]
"""User, whether the log names the session, hours from the first midnight, steps."""

STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(KINDS)), st.sampled_from((0.005, 0.4, 3.0, 1_800.0, 6_000.0)), st.sampled_from((1, 2))
    ),
    min_size=1,
    max_size=9,
)
VISITS = st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.floats(10, 30), STEPS), max_size=4)


def _log(visits: Sequence[Visit]) -> pl.DataFrame:
    """All visits' rows in one file, mixed as their times mix. None lasts for more than 15 hours."""
    rows = []
    for number, (user, is_named, hours, steps) in enumerate(visits):
        given = {"user_id": user, "session_id": f"s{number}" if is_named else None}
        events = [
            KINDS[kind] | given | {"after": after, "extra": {**KINDS[kind]["extra"], "tab_id": tab}}
            for kind, after, tab in steps
        ]
        shift = dt.timedelta(hours=hours - 12)
        rows.append(rows_of(events).with_columns(pl.col("timestamp") + shift, pl.col("event_id") + f"-{number}"))
    log = pl.concat([rows_of([]), *rows]).sort("timestamp", "event_id")
    return log.drop("line").with_row_index("line").select(rows_of([]).columns).cast({"line": pl.Int64()})


def _days(log: pl.DataFrame, first_midnight: dt.datetime) -> list[pl.DataFrame]:
    """What three days of the log come to, of which the first lies before `first_midnight`."""
    number = (pl.col("timestamp") - first_midnight).dt.total_microseconds() // 86_400_000_000 + 1
    folders = [log.filter(number == day).with_columns(file=pl.lit(f"day{day}")) for day in range(-2, 4)]
    cuts = [cut(Window(*folders[day : day + 4]), f"2026-10-0{day + 1}", 78) for day in range(3)]
    return [split(recognize(one.rows)) for one in cuts]


Session = tuple[str, str | None, tuple[tuple[str, str | None, str, str | None], ...]]


def _sessions(days: Sequence[pl.DataFrame]) -> list[Session]:
    """Each session without its name: end rule, refusal, and each event with its fate, its type and its value."""
    found = []
    for rows in days:
        summary = {name: rest for name, *rest in summarize(rows).select("session_id", "end_rule", "refusal").rows()}
        for (name,), part in rows.group_by("session_id", maintain_order=True):
            end_rule, refusal = summary[str(name)]
            found.append((end_rule, refusal, tuple(part.select("event_id", "fate", "event_type", "value").rows())))
    return sorted(found, key=repr)


@settings(max_examples=25, deadline=None)
@given(VISITS, st.floats(12, 22))
def test_a_log_cut_into_days_anywhere_gives_the_sessions_of_one_undivided_log(
    visits: list[Visit], hours: float
) -> None:
    """Several users, ids and none, interleaved visits and tabs, gestures and ends across midnight."""
    log = _log(visits)
    midnight = dt.datetime(2026, 10, 1, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    whole, days = [told(log)], _days(log, midnight)
    assert _sessions(days) == _sessions(whole)
    claimed = [event_id for rows in days for event_id in rows["event_id"]]
    assert sorted(claimed) == sorted(log["event_id"])
    ends = {end_rule for end_rule, _, _ in _sessions(whole)}
    assert ends <= {*CUTTING_RULES, *CLOSING_RULES}
