"""Verdicts added up: by user and by kind of case, over the cases that are asked now."""

from collections import Counter

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.sums import asked, site, sums
from shopcart_assets.platform.dictionary import table
from tests.evaluation.invented import DAYS, cases_of, verdicts

VERDICTS = verdicts(["a"], n_sessions=40, n_users=6).drop("policy").with_columns(policy=pl.lit("a"))
PAGES = pl.DataFrame({"day": [DAYS[0]] * 2, "page_id": ["p1", "p2"], "url": ["https://www.shop.example/x", None]})
CASES = asked(cases_of(VERDICTS), PAGES)


def test_each_case_knows_what_came_before_it_and_where_it_was() -> None:
    for _, session in CASES.group_by("session_id"):
        rows = session.sort("step")
        assert rows["previous_category"].to_list() == ["search", *rows["human_category"].to_list()[:-1]]
    by_page = dict(CASES.select("page_id", "site").unique().rows())
    assert by_page == {"p1": "shop.example", "p2": "unknown"}
    assert CASES.height == VERDICTS.height


@pytest.mark.parametrize("url", ["http://[", "", "about:blank", "javascript:alert(1)", "//www.", "\x00"])
def test_an_address_that_is_none_is_unknown_or_empty_and_never_an_error(url: str) -> None:
    assert site(url) in ("unknown", "")


def test_both_tables_count_every_verdict_once() -> None:
    total = sums(VERDICTS, CASES)
    assert total.user_scores.schema == table("evaluation.user_scores").schema()
    assert total.user_scores["n_cases"].sum() == total.case_counts["n_cases"].sum() == VERDICTS.height
    counts = total.user_scores.select(pl.selectors.starts_with("n_predicted_").sum()).row(0, named=True)
    expected = Counter(VERDICTS["predicted_category"])
    assert {name.removeprefix("n_predicted_"): n for name, n in counts.items() if n} == expected
    ends = total.user_scores.select(pl.selectors.starts_with("n_bought_", "n_left_")).sum().row(0)
    assert sum(ends) == VERDICTS["is_final"].sum() == total.user_scores["n_sessions"].sum()
    assert total.case_counts["weight"].sum() == pytest.approx(VERDICTS["session_id"].n_unique(), abs=1e-9)


def test_verdicts_on_cases_that_are_not_asked_any_more_do_not_count() -> None:
    gone = str(CASES["user_id"][0])
    fewer = CASES.filter(pl.col("user_id") != gone)
    total = sums(VERDICTS, fewer)
    assert total.user_scores["n_cases"].sum() == fewer.height < VERDICTS.height
    assert gone not in total.user_scores["user_id"]


def test_verdicts_of_an_older_version_are_told_and_not_miscounted() -> None:
    old = VERDICTS.with_columns(predicted_category=pl.lit(None, pl.String))
    with pytest.raises(EvaluationError, match=r"a: \d+ verdicts have no category: materialize evaluation/verdicts"):
        sums(old, CASES)
