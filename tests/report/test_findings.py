import pytest

from shopcart_assets.report.findings import call, caveats, headline, searches, subject
from shopcart_assets.report.table_1 import Row, measured
from tests.report import invented


@pytest.fixture
def rows() -> list[Row]:
    return measured(invented.accuracy(), invented.outcomes())


def test_the_headline_names_the_model_the_size_and_an_honest_verdict(rows: list[Row]) -> None:
    said = headline(rows, invented.comparisons())

    assert said.startswith(f"{invented.BEST} predicts 35.7 % of a session's actions exactly")
    assert "1,412 test cases in 229 sessions of 41 users" in said
    assert "Against smollm2-135m-action_only-s0 it is 1.9 points higher" in said, "the strongest declared rival"
    assert "not distinguishable" in said
    assert said.endswith("above the best simple policy, markov_2, at 24.1 %.")


def test_a_model_below_a_simple_policy_is_said_to_be(rows: list[Row]) -> None:
    prompted = [row for row in rows if row.kind in ("baseline", "prompted")]

    assert "not above the best simple policy" in headline(prompted, invented.comparisons().clear())


def test_without_comparisons_nothing_is_claimed(rows: list[Row]) -> None:
    assert "nothing is said about whether it is better" in headline(rows, invented.comparisons().clear())
    assert headline([], invented.comparisons()) == "No policy has been evaluated yet."


def test_the_ceiling_is_never_the_subject(rows: list[Row]) -> None:
    assert subject([row for row in rows if row.kind == "ceiling"]) is None


@pytest.mark.parametrize(
    ("p", "words"), [(0.049, "distinguishable"), (0.05, "not distinguishable"), (None, "cannot be judged")]
)
def test_calls(p: float | None, words: str) -> None:
    assert call(p) == words


def test_only_caveats_that_apply_are_printed(rows: list[Row]) -> None:
    few = measured(invented.accuracy(n_users=7, coverage=0.9), invented.outcomes())

    assert not any(
        "test users" in line or "Not all cases" in line or "simulated" in line
        for line in caveats(rows, is_simulated=False)
    )
    assert any("Only 7 test users" in line for line in caveats(few, is_simulated=False))
    assert any("Not all cases were answered by bayes_optimal" in line for line in caveats(few, is_simulated=False))
    assert any(
        "Nothing here says how well a model predicts people" in line for line in caveats(rows, is_simulated=True)
    )


def test_searches_of_people_and_of_the_policy_count_the_first_one_of_a_session_too() -> None:
    said = searches(invented.mix(), invented.BEST)
    assert said.startswith(f"People search 2.00 times and filter 0.00 times; {invented.BEST} would search 2.00 times")
    assert said.endswith("a session (the paper's shoppers: 2.82 searches, over seven times as often as filters).")
    assert searches(invented.mix().clear(), "a") == "" and "would" not in searches(invented.mix(), "not judged")
