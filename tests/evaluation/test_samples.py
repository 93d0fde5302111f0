"""Several answers to a case: counted case by case, and pass@k over them as the formula has it."""

import math
from itertools import groupby

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.samples import samples
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.view_text import SQL_FOLDER
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled

LEAVE, BACK = '{"type": "terminate"}', '{"type": "click", "name": "cart"}'


def drawn(cases: pl.DataFrame, answers: list[str]) -> pl.DataFrame:
    """Each case answered alike: these are its samples."""
    return pl.concat(
        cases.select("session_id", "step", seed=pl.lit(0, pl.Int64), sample=pl.lit(number, pl.Int64)).with_columns(
            output=pl.lit(answer), stop_reason=pl.lit("end_turn")
        )
        for number, answer in enumerate(answers)
    )


def test_each_answer_to_a_case_is_judged(lake: Warehouse) -> None:
    cases, names = lake.read("dataset.cases"), lake.read("context.elements")
    told = drawn(cases, [LEAVE, LEAVE, "nothing", '{"type": "terminate" }'])
    counted = samples(told, cases, names)
    assert counted.schema == table("evaluation.samples").schema() and counted.height == cases.height
    leaves = pl.col("action").str.contains("terminate")
    wanted = cases.sort("session_id", "step").select(n_exact=pl.when(leaves).then(3).otherwise(0).cast(pl.Int64))
    assert counted.select("n_exact").equals(wanted) and wanted["n_exact"].sum() > 0
    assert counted.select("n_samples", "n_legal", "n_distinct").unique().rows() == [(4, 3, 1)]
    assert samples(told.reverse(), cases, names).equals(counted)


def test_the_first_of_several_answers_is_the_one_that_is_judged(lake: Warehouse) -> None:
    cases, names = lake.read("dataset.cases"), lake.read("context.elements")
    judged = verdicts(drawn(cases, [LEAVE, BACK]), cases, names)
    assert judged["predicted_action"].unique().to_list() == [LEAVE]


def test_one_answer_a_case_is_no_sample_and_a_second_first_is_refused(lake: Warehouse) -> None:
    cases, names = lake.read("dataset.cases"), lake.read("context.elements")
    assert samples(drawn(cases, [LEAVE]), cases, names).is_empty()
    twice = pl.concat([drawn(cases, [LEAVE, BACK]), drawn(cases, [LEAVE])])
    with pytest.raises(EvaluationError, match="answer a case that is answered already"):
        samples(twice, cases, names)


@pytest.fixture(scope="module")
def view() -> str:
    return (SQL_FOLDER / "evaluation" / "pass_at_k.sql").read_text()


_COUNTS = st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), _COUNTS), min_size=1, max_size=9))
def test_pass_at_k_is_the_unbiased_one_macro_over_sessions(view: str, rows: list[tuple[int, tuple[int, int]]]) -> None:
    counts = [("p", f"s{session}", step, n, c, n, 1) for step, (session, (n, c)) in enumerate(rows)]
    with duckdb.connect() as connection:
        connection.execute("create schema evaluation")
        columns = "n_samples bigint, n_exact bigint, n_legal bigint, n_distinct bigint"
        connection.execute(f"create table evaluation.samples (policy text, session_id text, step bigint, {columns})")
        connection.executemany("insert into evaluation.samples values (?, ?, ?, ?, ?, ?, ?)", counts)
        got = {k: (value, cases) for _, k, value, *_, cases, _ in connection.execute(view).fetchall()}
    wanted = {}
    for k in (1, 3, 5):
        kept = sorted((session, n, c) for session, (n, c) in rows if n >= k)
        sessions = [
            [1 - math.comb(n - c, k) / math.comb(n, k) for _, n, c in group]
            for _, group in groupby(kept, key=lambda one: one[0])
        ]
        if sessions:
            wanted[k] = (sum(sum(one) / len(one) for one in sessions) / len(sessions), len(kept))
    assert got.keys() == wanted.keys()
    for k, (value, n_cases) in wanted.items():
        assert got[k][0] == pytest.approx(value, abs=1e-12) and got[k][1] == n_cases


def test_the_lake_has_the_view(warehouse: Warehouse) -> None:
    rows = pl.DataFrame({"session_id": ["a", "a"], "step": [2, 3], "n_samples": [3, 3], "n_exact": [1, 0]})
    rows = filled("evaluation.samples", rows.with_columns(n_legal=pl.lit(3), n_distinct=pl.lit(2)))
    warehouse.write("evaluation.samples", rows, policy="p")
    told = warehouse.views.query("select policy, k, pass_at_k from evaluation.pass_at_k")
    assert told.rows() == [("p", 1, pytest.approx(1 / 6)), ("p", 3, 0.5)]
