import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.reasoning.lookahead import LookAhead, by_generator, measure, problems, total

PRODUCTS = [f"{letter * 5}" for letter in "abcdefghijklmnopqrst"]
PAGES = pl.DataFrame(
    {
        "page_id": PRODUCTS,
        "title": "Shop",
        "html": [f"<a name='hidden_{word}'>{word.title()}</a> delivery" for word in PRODUCTS],
    }
)
# Twenty sessions: session n sees product n first, and product n + 1 at its second step.
ACTIONS = pl.DataFrame(
    [
        {"session_id": f"s{n:02}", "step": step, "page_id": PRODUCTS[(n + step - 1) % 20], "text": None}
        for n in range(20)
        for step in (1, 2)
    ],
    schema_overrides={"text": pl.String},
)


def rationales(say: str) -> pl.DataFrame:
    """What each shopper says at both steps; {now} and {next} are the products of this step and of the next."""
    rows = [
        {
            "session_id": f"s{n:02}",
            "step": step,
            "rationale": say.format(now=PRODUCTS[(n + step - 1) % 20], next=PRODUCTS[(n + step) % 20]),
        }
        for n in range(20)
        for step in (1, 2)
    ]
    return pl.DataFrame(rows)


def test_what_is_seen_now_or_everywhere_is_no_look_ahead() -> None:
    measured = measure(rationales("I like the {now}, delivery is free."), ACTIONS, PAGES)

    assert (measured.n_at_risk, measured.n_look_ahead, measured.n_by_chance) == (20, 0, 0)
    assert measured.n_at_risk_by_chance == 20


def test_what_is_seen_only_later_is() -> None:
    measured = measure(rationales("I like the {next}."), ACTIONS, PAGES)

    assert (measured.n_look_ahead, measured.share) == (20, 1.0)
    assert measured.share_by_chance == 0.0, "the second step names what the other shopper saw at the first already"


def test_a_word_that_is_typed_is_known_from_then_on() -> None:
    typed = ACTIONS.with_columns(text=pl.when(pl.col("step") == 1).then(pl.lit("Zebra lamps")))
    alone = typed.filter(pl.col("session_id") == "s00")

    assert measure(rationales("I want zebra lamps."), alone, PAGES).n_look_ahead == 0
    later = alone.with_columns(text=pl.when(pl.col("step") == 2).then(pl.lit("zebra")))
    assert measure(rationales("I want zebra lamps."), later, PAGES).n_look_ahead == 1


def test_chance_is_how_often_another_shoppers_future_is_named() -> None:
    everything = "I like " + " ".join(PRODUCTS)
    measured = measure(rationales(everything), ACTIONS, PAGES)

    assert measured.share == measured.share_by_chance == 1.0
    assert LookAhead(60, 60, 60, 60).problems("g") == []


def test_more_than_chance_is_said_and_too_few_show_nothing() -> None:
    assert LookAhead(100, 30, 100, 10).problems("g") == [
        "g: 30.0% of 100 rationales speak of what was seen only later, 10.0% would by chance"
    ]
    assert LookAhead(49, 49, 49, 0).problems("g") == []
    assert total([LookAhead(1, 2, 3, 4), LookAhead(1, 1, 1, 1)]) == LookAhead(2, 3, 4, 5)
    assert LookAhead(0, 0, 0, 0).facts()["share_look_ahead"] == 0.0


def test_days_of_a_generator_are_taken_together_each_with_its_own_pages() -> None:
    days = [pl.lit(day).alias("day") for day in ("2026-09-01", "2026-09-02", "2026-09-03")]
    taken, pages = (pl.concat([frame.with_columns(day) for day in days]) for frame in (ACTIONS, PAGES))
    said = {"knows": "I like the {next}.", "blind": "I like the {now}."}
    written = pl.concat(
        [rationales(say).with_columns(day, generator=pl.lit(name)) for name, say in said.items() for day in days]
    )

    assert by_generator(written, taken, pages)["knows"].n_look_ahead == 60
    assert problems(written, taken, pages) == [
        "knows: 100.0% of 60 rationales speak of what was seen only later, 0.0% would by chance"
    ]


@pytest.mark.parametrize("empty", ["rationales", "actions", "contexts"])
def test_days_without_anything_have_no_look_ahead(empty: str) -> None:
    frames = {"rationales": rationales("I like the {next}."), "actions": ACTIONS, "contexts": PAGES}
    frames[empty] = frames[empty].clear()

    assert measure(**frames).n_look_ahead == 0


@given(st.lists(st.sampled_from(PRODUCTS), min_size=20, max_size=20))
def test_no_more_look_ahead_than_rationales_at_risk(said: list[str]) -> None:
    told = rationales("x").filter(pl.col("step") == 1).with_columns(rationale=pl.Series(said))
    measured = measure(told, ACTIONS, PAGES)

    assert 0 <= measured.n_look_ahead <= measured.n_at_risk
    assert 0 <= measured.n_by_chance <= measured.n_at_risk_by_chance
