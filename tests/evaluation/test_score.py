"""Predictions made elsewhere are scored without a model, and mistakes in the file are one clear line."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.score import in_words, partial, save, score, score_file
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
    row = score_file(lake, path).accuracy.to_dicts()[0]
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


def test_a_part_is_bounded_below_by_what_is_missing(lake: Warehouse, oracle: pl.DataFrame) -> None:
    whole = oracle.with_columns(output=pl.when(pl.col("step") == 2).then(pl.lit("?")).otherwise("output"))
    some = whole.filter(pl.col("step") < 4)
    part = summary(lake, some)
    all_cases = oracle.join(whole, on=["session_id", "step"], how="left", suffix="_said")
    right = (pl.col("step") == 3).cast(pl.Float64)
    expected = all_cases.group_by("session_id").agg(right.mean()).mean()["step"][0]
    assert part["macro_accuracy_at_least"] == pytest.approx(expected, abs=1e-12)
    assert part["macro_accuracy_at_least"] < part["macro_accuracy"]
    assert (part["n_cases"], part["n_cases_asked"]) == (some.height, oracle.height)
    said = partial(part)
    assert said and said.startswith(f"oracle is scored in part: {some.height} of {oracle.height} cases, in ")
    assert partial(summary(lake, whole)) is None


def summary(lake: Warehouse, predictions: pl.DataFrame) -> dict[str, Any]:
    return score(predictions, lake.read("dataset.cases"), lake.read("context.elements")).accuracy.to_dicts()[0]


def test_outcome_f1_and_illegal_answers_are_told(lake: Warehouse, oracle: pl.DataFrame) -> None:
    buys = pl.col("output").str.contains("buy_now")
    assert oracle.filter(buys).height >= 3
    first = oracle.filter(buys)["session_id"][0]
    missed = oracle.with_columns(
        output=pl.when(pl.col("session_id") == first).then(pl.lit("no idea")).otherwise("output")
    )
    row, n_bought = summary(lake, missed), oracle.filter(buys).height
    assert row["f1"] == pytest.approx(2 * (n_bought - 1) / (2 * n_bought - 1), abs=1e-12)
    assert row["f1_low"] < row["f1"] < row["f1_high"] and row["f1_by_user_low"] <= row["f1"] <= row["f1_by_user_high"]
    assert row["share_illegal"] == oracle.filter(session_id=first).height / oracle.height
    assert "oracle: " in in_words(row) and "illegal" in in_words(row)
    silent = summary(lake, oracle.filter(~buys).head(1))
    assert silent["f1"] is None and "outcome F1 undefined" in in_words(silent)


def test_verdicts_are_saved_whole(lake: Warehouse, oracle: pl.DataFrame, tmp_path: Path) -> None:
    judged = score(oracle, lake.read("dataset.cases"), lake.read("context.elements")).verdicts
    for suffix in ("csv", "parquet"):
        save(judged, tmp_path / f"verdicts.{suffix}")
    assert pl.read_parquet(tmp_path / "verdicts.parquet").equals(judged)
    assert pl.read_csv(tmp_path / "verdicts.csv").height == judged.height == oracle.height
    assert sorted(path.name for path in tmp_path.iterdir()) == ["verdicts.csv", "verdicts.parquet"]
    with pytest.raises(EvaluationError, match="there is no folder"):
        save(judged, tmp_path / "none" / "verdicts.csv")
    with pytest.raises(EvaluationError, match="saved as .csv or .parquet"):
        save(judged, tmp_path / "verdicts.json")


def test_mistakes_are_one_clear_line(lake: Warehouse, oracle: pl.DataFrame, tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(EvaluationError) as error:
            score_file(lake, path)
        assert "\n" not in str(error.value)
        return str(error.value)

    oracle.with_columns(session_id=pl.lit("nobody")).write_csv(tmp_path / "strange.csv")
    assert "predictions answer no test case, first session 'nobody' step 2" in said(tmp_path / "strange.csv")
    pl.concat([oracle, oracle.head(1)]).write_csv(tmp_path / "double.csv")
    assert "1 predictions answer a case that is answered already" in said(tmp_path / "double.csv")
    oracle.clear().write_csv(tmp_path / "none.csv")
    assert "there is no prediction in the file" in said(tmp_path / "none.csv")


def test_without_test_cases_it_says_what_to_run(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("policy,session_id,step,output\na,s,2,x\n")
    with pytest.raises(EvaluationError, match="there are no test cases yet: run `shopcart demo`"):
        score_file(warehouse, path)
