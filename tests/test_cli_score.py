"""`shopcart score` and `shopcart compare`: answers on standard output, what is only a part on standard error."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from shopcart_assets import cli_score
from shopcart_assets.cli import cli
from shopcart_assets.platform.assets import Platform
from tests.evaluation.invented import fill, one_refresh
from tests.watched import look_on


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exit_code == 0, result.exception
    return result


def test_files_are_scored_saved_and_compared(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_refresh(platform.warehouse):
        fill(platform.warehouse)
    cases = platform.warehouse.read("dataset.cases")
    oracle = cases.select(pl.lit("oracle").alias("policy"), "session_id", "step", pl.col("action").alias("output"))
    leave = oracle.with_columns(policy=pl.lit("leave"), output=pl.lit('{"type": "terminate"}'))
    oracle.write_csv(tmp_path / "oracle.csv")
    pl.concat([leave.head(9), oracle]).write_parquet(tmp_path / "both.parquet")
    leave.write_csv(tmp_path / "leave.csv")

    scored = run("score", tmp_path / "both.parquet", "--verdicts", tmp_path / "verdicts.csv")
    first, second = map(json.loads, scored.stdout.splitlines())
    assert (first["policy"], first["macro_accuracy"], first["f1"], first["share_illegal"]) == ("oracle", 1.0, 1.0, 0.0)
    assert second["coverage"] == 9 / cases.height
    assert scored.stderr.startswith(f"leave is scored in part: 9 of {cases.height} cases, in ")
    assert scored.stderr.count("\n") == 1
    assert pl.read_csv(tmp_path / "verdicts.csv").height == cases.height + 9
    with monkeypatch.context() as patch:
        screen = look_on(patch, cli_score)
        assert run("score", tmp_path / "both.parquet").stdout == scored.stdout, "nothing but the answer"
        assert f"/{cases.height + 9} cases, " in screen.getvalue() and " left\x1b[K" in screen.getvalue()
        assert "1/2 policies bootstrapped, " in screen.getvalue() and screen.getvalue().endswith("\r\x1b[K")
        run("compare", tmp_path / "oracle.csv", tmp_path / "leave.csv")
        assert f"/{cases.height} cases, " in screen.getvalue()
    text = run("score", tmp_path / "oracle.csv", "--format", "text")
    assert text.stdout.startswith("oracle: 100.0% of a session's actions exact") and not text.stderr

    told = run("compare", tmp_path / "oracle.csv", tmp_path / "leave.csv")
    assert told.stdout.startswith("oracle is 83.2 points higher in macro accuracy than leave")
    assert "Not distinguishable at this size." in told.stdout and "users nothing can be" in told.stdout, "few users"
    row = json.loads(run("compare", tmp_path / "oracle.csv", tmp_path / "leave.csv", "--format", "json").stdout)
    assert row["verdict"] == "not distinguishable" and row["only_rival"] == 0

    wrong = CliRunner().invoke(cli, ["compare", "markov_2", "nobody"])
    assert wrong.exit_code == 1 and "policy 'markov_2' is not evaluated yet" in str(wrong.exception)
    target = CliRunner().invoke(cli, ["score", str(tmp_path / "oracle.csv"), "--verdicts", str(tmp_path / "v.json")])
    assert target.exit_code == 1 and "verdicts are saved as .csv or .parquet" in str(target.exception)
