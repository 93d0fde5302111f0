"""Comparisons equal an independent computation on an invented set of verdicts, and say the same however they are asked."""

from collections import defaultdict
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sp

from shopcart_assets.evaluation.answers import Answers, answers, of_verdicts, stored
from shopcart_assets.evaluation.comparisons import compare, compared, comparisons
from shopcart_assets.evaluation.pairs import Pair
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled, verdicts

VERDICTS = verdicts(("a", "b", "c"))
PAIRS = [Pair("b", "a", "one"), Pair("c", "a", "one"), Pair("c", "b", "two"), Pair("gone", "a", "two")]

KEYS = ("policy", "rival", "family", "cluster_unit")
FIGURES = [name for name in table("evaluation.comparisons").schema() if name not in KEYS]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["policy"], row["rival"]): row for row in comparisons(VERDICTS, PAIRS).to_dicts()}


def differences(policy: str, rival: str) -> dict[tuple[str, str], list[int]]:
    """By user and session, case by case, in plain Python."""
    right = {
        (row["policy"], row["session_id"], row["step"]): int(row["is_exact"]) for row in VERDICTS.iter_rows(named=True)
    }
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in VERDICTS.filter(pl.col("policy") == policy).iter_rows(named=True):
        case = (row["session_id"], row["step"])
        found[row["user_id"], row["session_id"]].append(right[policy, *case] - right[rival, *case])
    return found


@pytest.mark.parametrize("pair", PAIRS[:3], ids=lambda pair: f"{pair.policy} v {pair.rival}")
def test_each_figure_by_another_road(rows: dict[tuple[str, str], dict[str, Any]], pair: Pair) -> None:
    row, d = rows[pair.policy, pair.rival], differences(pair.policy, pair.rival)
    means = {key: float(np.mean(values)) for key, values in d.items()}
    by_user: dict[str, list[float]] = defaultdict(list)
    for (user, _), mean in means.items():
        by_user[user].append(mean)
    delta, n_users = float(np.mean(list(means.values()))), len(by_user)
    residuals = np.array([sum(values) - len(values) * delta for values in by_user.values()])
    se = np.sqrt((residuals**2).sum() * n_users / (n_users - 1)) / len(means)
    low, high = sp.t.interval(0.95, n_users - 1, loc=delta, scale=se)
    assert (row["n_users"], row["n_sessions"], row["n_cases"]) == (n_users, len(means), sum(map(len, d.values())))
    assert (row["cluster_unit"], row["coverage"]) == ("user", 1.0)
    found = (row["delta_points"], row["low_points"], row["high_points"])
    assert found == pytest.approx((100 * delta, 100 * low, 100 * high), abs=1e-10)
    reach = sp.t.ppf(0.975, n_users - 1) + sp.t.ppf(0.8, n_users - 1)
    assert row["mde_points"] == pytest.approx(100 * reach * se, abs=1e-10)
    sums = np.array([sum(values) for values in by_user.values()])
    chi_square = sums.sum() ** 2 / (sums**2).sum()
    assert row["chi2_durkalski"] == pytest.approx(chi_square, rel=1e-12)
    assert row["p_durkalski"] == pytest.approx(2 * sp.norm.sf(np.sqrt(chi_square)), rel=1e-9)
    signs = np.random.default_rng(9).choice((-1, 1), (20_000, n_users))
    assert row["p_sign_flip"] == pytest.approx((abs(signs @ sums) >= abs(sums.sum()) - 1e-12).mean(), abs=0.02)


@pytest.mark.parametrize("pair", PAIRS[:3], ids=lambda pair: f"{pair.policy} v {pair.rival}")
def test_the_pooled_tests_by_another_road(rows: dict[tuple[str, str], dict[str, Any]], pair: Pair) -> None:
    row, d = rows[pair.policy, pair.rival], differences(pair.policy, pair.rival)
    cases = [value for values in d.values() for value in values]
    b, c = cases.count(1), cases.count(-1)
    assert (row["only_policy"], row["only_rival"]) == (b, c)
    exact = sp.binomtest(b, b + c).pvalue
    assert row["p_mcnemar_exact"] == pytest.approx(exact, rel=1e-9)
    assert row["p_mcnemar_midp"] == pytest.approx(exact - sp.binom.pmf(b, b + c, 0.5), rel=1e-9)
    assert row["p_mcnemar_asymptotic"] == pytest.approx(sp.chi2.sf((b - c) ** 2 / (b + c), 1), rel=1e-9)
    by_user: dict[str, int] = defaultdict(int)
    for (user, _), values in d.items():
        by_user[user] += sum(values)
    n = len(by_user)
    micro = (n - 1) / n * sum(by_user.values()) ** 2 / sum(value**2 for value in by_user.values())
    assert row["p_obuchowski"] == pytest.approx(sp.chi2.sf(micro, 1), rel=1e-9)
    by_session = np.array([np.mean(values) for values in d.values()])
    macro = by_session.sum() ** 2 / (by_session**2).sum()
    assert row["p_durkalski_session"] == pytest.approx(sp.chi2.sf(macro, 1), rel=1e-9)


def test_holm_is_taken_inside_the_family(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert set(rows) == {("b", "a"), ("c", "a"), ("c", "b")}, "a policy that was never judged is in no row"
    small, large = sorted((rows["b", "a"]["p_sign_flip"], rows["c", "a"]["p_sign_flip"]))
    adjusted = sorted((rows["b", "a"]["p_holm"], rows["c", "a"]["p_holm"]))
    assert adjusted == pytest.approx([min(1, 2 * small), max(min(1, 2 * small), large)])
    assert rows["c", "b"]["p_holm"] == rows["c", "b"]["p_sign_flip"]


def test_one_session_a_user_is_the_paired_t_test() -> None:
    alone = VERDICTS.with_columns(user_id=pl.col("session_id"))
    row = comparisons(alone, [Pair("b", "a", "one")]).to_dicts()[0]
    means = [float(np.mean(values)) for values in differences("b", "a").values()]
    expected = sp.ttest_1samp(means, 0).confidence_interval()
    assert (row["low_points"], row["high_points"]) == pytest.approx(
        (100 * expected.low, 100 * expected.high), abs=1e-10
    )
    assert row["p_durkalski"] == pytest.approx(row["p_durkalski_session"], rel=1e-12)


@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(random: Any) -> None:
    def renamed(column: str) -> pl.Expr:
        names = VERDICTS[column].unique().sort().to_list()
        return pl.col(column).replace(dict(zip(names, random.sample(names, len(names)), strict=True)))

    shuffled = VERDICTS.sample(fraction=1.0, shuffle=True, seed=random.randrange(1_000))
    others = comparisons(shuffled.with_columns(renamed("user_id"), renamed("session_id")), PAIRS)
    for one, other in zip(comparisons(VERDICTS, PAIRS).to_dicts(), others.to_dicts(), strict=True):
        assert [one[name] for name in KEYS] == [other[name] for name in KEYS]
        assert [one[name] for name in FIGURES] == pytest.approx([other[name] for name in FIGURES], rel=1e-9)


def test_the_other_way_round_only_the_sign_changes() -> None:
    there, back = (comparisons(VERDICTS, [Pair(mine, theirs, "one")]).to_dicts()[0] for mine, theirs in ("ba", "ab"))
    assert back["delta_points"] == -there["delta_points"] and back["low_points"] == -there["high_points"]
    assert (back["only_policy"], back["only_rival"]) == (there["only_rival"], there["only_policy"])
    same = [name for name in there if name.startswith(("p_", "n_", "chi2", "mde", "coverage"))]
    assert len(same) == 15
    assert {name: there[name] for name in same} == pytest.approx({name: back[name] for name in same}, rel=1e-12)


def test_only_cases_that_both_answered_count() -> None:
    partial = VERDICTS.filter((pl.col("policy") != "b") | (pl.col("step") > 2))
    row = comparisons(partial, [Pair("b", "a", "one")]).to_dicts()[0]
    later = VERDICTS.filter(pl.col("step") > 2)
    whole = comparisons(later, [Pair("b", "a", "one")]).to_dicts()[0]
    assert 0 < row["coverage"] < 1 == whole["coverage"]
    assert row == {**whole, "coverage": pytest.approx(whole["n_cases"] / (VERDICTS.height / 3))}


def test_nothing_in_common_and_no_difference() -> None:
    apart = VERDICTS.filter((pl.col("policy") == "a") == (pl.col("step") > 2))
    assert comparisons(apart, [Pair("b", "a", "one")]).is_empty()
    twin = pl.concat([VERDICTS, VERDICTS.filter(pl.col("policy") == "a").with_columns(policy=pl.lit("twin"))])
    row = comparisons(twin, [Pair("twin", "a", "one")]).to_dicts()[0]
    assert (row["delta_points"], row["p_sign_flip"], row["p_mcnemar_exact"], row["p_mcnemar_midp"]) == (0, 1, 1, 1)
    assert [row[name] for name in ("mde_points", "chi2_durkalski", "p_durkalski", "p_obuchowski")] == [None] * 4
    alone = comparisons(VERDICTS.with_columns(user_id=pl.lit("u")), [Pair("b", "a", "one")]).to_dicts()[0]
    assert [alone[name] for name in ("low_points", "high_points", "mde_points")] == [None] * 3 and alone["n_users"] == 1


def test_verdicts_of_the_lake_are_read_a_policy_at_a_time_and_only_on_cases_that_are_asked(
    warehouse: Warehouse,
) -> None:
    cases = VERDICTS.filter(pl.col("policy") == "a").select("session_id", "step", "user_id", "is_final")
    kept = cases.filter(pl.col("session_id") != "s0")
    warehouse.write("dataset.cases", filled("dataset.cases", kept), day="2026-10-01")
    for policy in "abc":
        judged = VERDICTS.filter(pl.col("policy") == policy).drop("policy")
        warehouse.write("evaluation.verdicts", filled("evaluation.verdicts", judged), policy=policy)
    assert stored(warehouse).right.keys() == {"a", "b", "c"}
    found = compared(stored(warehouse, ["b", "a"]), PAIRS)
    assert found.equals(comparisons(VERDICTS.filter(pl.col("session_id") != "s0"), PAIRS[:1]))


def test_the_answers_are_three_numbers_a_case() -> None:
    cases = pl.DataFrame({"session_id": ["t", "s", "s"], "step": [2, 3, 2], "user_id": ["v", "u", "u"]})
    mine = pl.DataFrame({"session_id": ["s", "t", "old"], "step": [3, 2, 2], "is_exact": [True, False, True]})
    found = answers(cases, [("mine", mine)])
    assert found.session.tolist() == [0, 0, 1] and found.user.tolist() == [0, 1]
    assert found.right["mine"].tolist() == [-1, 1, 0]
    empty = of_verdicts(VERDICTS.clear())
    assert isinstance(empty, Answers) and compared(empty, PAIRS).is_empty()


def test_a_row_says_only_how_many_cases_there_are_where_there_are_none() -> None:
    cases = pl.DataFrame({"session_id": ["s"], "step": [2], "user_id": ["u"]})
    nothing = pl.DataFrame(
        {"session_id": [], "step": [], "is_exact": []}, {"session_id": str, "step": pl.Int64, "is_exact": bool}
    )
    found = compare(answers(cases, [("a", nothing), ("b", nothing)]), Pair("a", "b", "one"))
    assert found == {"policy": "a", "rival": "b", "family": "one", "n_cases": 0}
