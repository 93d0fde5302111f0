import polars as pl
import pytest

from shopcart_assets.context import summary
from shopcart_assets.context.actions import actions_of_day
from tests.context.days import BUYS, FADES, LEAVES, PAGES, SEARCH, event, events, rows, simplified

EVENTS_OF_A_DAY = events(a=BUYS, b=LEAVES, c=FADES, d=[SEARCH, event("close"), event("click", "product", "text")])
SIMPLIFIED = simplified(PAGES, EVENTS_OF_A_DAY)
CONTEXTS = rows(SIMPLIFIED, "contexts")
DAY = pl.lit("2026-10-01").alias("day")
EVENTS = EVENTS_OF_A_DAY.with_columns(DAY)
ACTIONS = actions_of_day(EVENTS_OF_A_DAY, SIMPLIFIED.seen).actions_frame().with_columns(DAY)


def test_fates_add_up_to_the_events() -> None:
    fates = {row["session_id"]: row for row in summary.event_fates(ACTIONS, EVENTS).to_dicts()}
    assert {name: (row["n_events"], row["n_actions"], row["n_appended"]) for name, row in fates.items()} == {
        "a": (5, 3, 0),
        "b": (3, 3, 0),
        "c": (2, 3, 1),
        "d": (3, 3, 1),
    }
    assert fates["a"]["n_after_purchase"] == 2 and fates["d"]["n_close_before_end"] == 1
    assert summary.unaccounted_events(ACTIONS, EVENTS) == []


def test_an_id_that_comes_back_on_a_later_day_is_another_session() -> None:
    later = pl.lit("2026-10-02").alias("day")
    both = [pl.concat([frame, frame.with_columns(later)]) for frame in (ACTIONS, EVENTS)]
    assert summary.event_fates(*both).height == 2 * summary.event_fates(ACTIONS, EVENTS).height
    assert summary.unaccounted_events(*both) == []


@pytest.mark.parametrize("lost", [("a", 1), ("b", 2), ("c", 3)])
def test_a_lost_action_is_noticed(lost: tuple[str, int]) -> None:
    session_id, step = lost
    fewer = ACTIONS.filter((pl.col("session_id") != session_id) | (pl.col("step") != step))
    assert summary.unaccounted_events(fewer, EVENTS) == [
        f"session {session_id}: its {5 if session_id == 'a' else 3 if session_id == 'b' else 2} events do not add up to its actions"
    ]


def test_a_lost_session_is_noticed() -> None:
    assert len(summary.unaccounted_events(ACTIONS.filter(pl.col("session_id") != "b"), EVENTS)) == 1


def test_shares_are_of_targets_on_recorded_pages() -> None:
    shares = summary.resolution_shares(ACTIONS)
    assert shares == {
        "share_resolved_by_node_id": pytest.approx(4 / 5),
        "share_resolved_by_unresolved": pytest.approx(1 / 5),
    }
    assert summary.share_resolved(ACTIONS) == pytest.approx(0.8) and summary.share_resolved(ACTIONS.clear()) == 1.0
    assert summary.resolution_problems(ACTIONS, 0.8) == [] and len(summary.resolution_problems(ACTIONS, 0.9)) == 1


def test_a_name_that_is_not_on_its_page_and_a_missing_context_are_told() -> None:
    def day(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(day=pl.lit("2026-10-01"))

    names = rows(SIMPLIFIED, "elements")
    assert summary.unknown_names(day(ACTIONS), day(names)) == []
    fewer = names.filter(pl.col("name") != "buy_now")
    assert summary.unknown_names(day(ACTIONS), day(fewer)) == [
        "page product: 1 actions with a name that the page does not have"
    ]
    contexts = CONTEXTS
    none = day(rows(SIMPLIFIED, "quarantine"))
    assert summary.unaccounted_pages(day(contexts), none, day(PAGES)) == [] and summary.quarantine_facts(none) == {}
    lost = "page product has neither a context nor a reason, or both"
    assert summary.unaccounted_pages(day(contexts.head(1)), none, day(PAGES)) == [lost]
    one = day(pl.DataFrame({"page_id": ["product"], "reason": ["too_deep"]}))
    assert summary.unaccounted_pages(day(contexts.head(1)), one, day(PAGES)) == []
    assert summary.unaccounted_pages(day(contexts), one, day(PAGES)) == [lost]
    assert summary.quarantined_pages(one) == ["page product could not be read: too_deep"]
    assert summary.quarantine_facts(one) == {"n_too_deep": 1}


def test_a_session_has_to_end_with_a_purchase_or_a_termination() -> None:
    assert summary.open_ends(ACTIONS) == []
    last = pl.col("step") == pl.col("step").max().over("session_id")
    assert summary.open_ends(ACTIONS.filter(~last)) == [
        "2026-10-01: 4 sessions end with neither a purchase nor a termination"
    ]
    last_of_a = (pl.col("session_id") == "a") & last
    clicked = pl.when(last_of_a).then(pl.lit(None)).otherwise(pl.col("name")).alias("name")
    assert len(summary.open_ends(ACTIONS.with_columns(clicked))) == 1


def test_a_session_that_goes_on_after_its_end_is_told() -> None:
    ends = ACTIONS.filter((pl.col("session_id") == "b") & (pl.col("step") == 3))
    again = pl.concat([ACTIONS, ends.with_columns(step=pl.lit(4, pl.Int64))])
    assert summary.open_ends(again) == ["2026-10-01: 1 sessions go on after their end"]
    next_day = pl.concat([ACTIONS, ACTIONS.with_columns(day=pl.lit("2026-10-02"))])
    assert summary.open_ends(next_day) == []


def test_facts_are_bare_numbers() -> None:
    facts = summary.context_facts(CONTEXTS) | summary.action_facts(ACTIONS, EVENTS)
    assert all(isinstance(fact, float | int) for fact in facts.values())
    assert facts["n_after_purchase"] == 2 and facts["share_of_pages_pruned"] == 0.0
    assert summary.context_facts(CONTEXTS.clear()) == {}


def hits(**more: object) -> pl.DataFrame:
    row = {
        "recipe": "amazon",
        "version": 1,
        "page_kind": "search",
        "selector": ".a",
        "must_hit": True,
        "n_pages": 3,
        "n_pages_hit": 2,
        "n_hits": 5,
    }
    return pl.DataFrame([{"day": "2026-10-01"} | row, {"day": "2026-10-02"} | row | more])


def test_a_selector_that_must_hit_and_hits_nothing_all_day_is_told() -> None:
    assert summary.rotten_selectors(hits()) == [] == summary.rotten_selectors(hits(n_hits=0, must_hit=False))
    assert summary.rotten_selectors(hits(n_hits=0)) == [
        "2026-10-02: .a of recipe amazon 1 hits nothing on 3 search pages"
    ]
    assert summary.rotten_selectors(hits(n_hits=0, page_kind="")) == [
        "2026-10-02: .a of recipe amazon 1 hits nothing on 3 pages"
    ]


def test_pages_by_recipe_and_silent_selectors_are_counted() -> None:
    assert summary.recipe_facts(hits()) == {"n_pages_amazon": 6, "n_selectors_without_hit": 0}
    assert summary.recipe_facts(hits(selector=".b", n_hits=0)) == {"n_pages_amazon": 6, "n_selectors_without_hit": 1}
    assert summary.recipe_facts(hits().clear()) == {"n_selectors_without_hit": 0}
