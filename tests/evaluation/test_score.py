"""Predictions made elsewhere are scored without a model, and mistakes in the file are one clear line."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.score import read_predictions, score, score_file
from shopcart_assets.platform.warehouse import Warehouse


@pytest.fixture
def oracle(lake: Warehouse) -> pl.DataFrame:
    cases = lake.read("dataset.cases")
    return cases.select(pl.lit("oracle").alias("policy"), "session_id", "step", pl.col("action").alias("output"))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_humans_own_actions_score_one_hundred_percent(
    lake: Warehouse, oracle: pl.DataFrame, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"predictions.{suffix}"
    getattr(oracle.sample(fraction=1.0, shuffle=True, seed=1).with_columns(note=pl.lit("x")), f"write_{suffix}")(path)
    row = score_file(lake, path).to_dicts()[0]
    assert (row["policy"], row["macro_accuracy"], row["micro_accuracy"], row["coverage"]) == ("oracle", 1.0, 1.0, 1.0)


def test_always_terminate_scores_exactly_the_final_steps_that_it_must(lake: Warehouse, oracle: pl.DataFrame) -> None:
    cases = lake.read("dataset.cases")
    leaving = oracle.with_columns(policy=pl.lit("leave"), output=pl.lit('{"type": "terminate"}'))
    result = score(pl.concat([oracle, leaving]), cases, lake.read("context.elements"))
    row = result.accuracy.filter(pl.col("policy") == "leave").to_dicts()[0]
    ends = cases.filter(pl.col("action") == '{"type": "terminate"}')
    weight = cases.with_columns(weight=1 / pl.len().over("session_id")).join(
        ends, on=["session_id", "step"], how="semi"
    )
    assert row["micro_accuracy"] == pytest.approx(ends.height / cases.height, abs=1e-12)
    assert row["macro_accuracy"] == pytest.approx(weight["weight"].sum() / cases["session_id"].n_unique(), abs=1e-12)
    assert result.verdicts.height == 2 * cases.height


def test_a_part_says_that_it_is_one_and_a_null_output_is_an_empty_answer(lake: Warehouse, oracle: pl.DataFrame) -> None:
    some = oracle.head(5).with_columns(output=pl.lit(None, pl.String))
    result = score(some, lake.read("dataset.cases"), lake.read("context.elements"))
    assert result.accuracy["coverage"][0] == pytest.approx(5 / oracle.height)
    assert result.verdicts["illegal_reason"].to_list() == ["empty"] * 5


def test_mistakes_are_one_clear_line(lake: Warehouse, oracle: pl.DataFrame, tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(EvaluationError) as error:
            score_file(lake, path)
        assert "\n" not in str(error.value)
        return str(error.value)

    oracle.drop("output").write_csv(tmp_path / "short.csv")
    assert "no column output; it needs policy, session_id, step, output" in said(tmp_path / "short.csv")
    oracle.with_columns(session_id=pl.lit("nobody")).write_csv(tmp_path / "strange.csv")
    assert "predictions answer no test case, first session 'nobody' step 2" in said(tmp_path / "strange.csv")
    pl.concat([oracle, oracle.head(1)]).write_csv(tmp_path / "double.csv")
    assert "1 predictions answer a case that is answered already" in said(tmp_path / "double.csv")
    oracle.with_columns(step=pl.lit("two")).write_csv(tmp_path / "steps.csv")
    assert "step must be a whole number" in said(tmp_path / "steps.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    assert "not readable as parquet" in said(tmp_path / "broken.parquet")
    assert "a .csv or a .parquet file" in said(tmp_path / "predictions.xlsx")
    oracle.clear().write_csv(tmp_path / "none.csv")
    assert "there is no prediction in the file" in said(tmp_path / "none.csv")


def test_without_test_cases_it_says_what_to_run(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("policy,session_id,step,output\na,s,2,x\n")
    with pytest.raises(EvaluationError, match="there are no test cases yet: run `shopcart demo`"):
        score_file(warehouse, path)


def test_an_output_that_looks_like_a_number_or_has_line_breaks_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text('output,policy,step,session_id\n007,a,2,0012\n"say ""x""\nand",a,3,0012\n')
    frame = read_predictions(path)
    assert frame.rows() == [("a", "0012", 2, "007"), ("a", "0012", 3, 'say "x"\nand')]
