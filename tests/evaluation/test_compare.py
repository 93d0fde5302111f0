"""Any two policies, of the lake or of files: the figures are those of evaluation.comparisons, and the words say what they say."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.compare import compare, in_words
from shopcart_assets.evaluation.comparisons import comparisons
from shopcart_assets.evaluation.pairs import Pair
from shopcart_assets.evaluation.score import judge
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import DAYS, fill, one_refresh

LEAVE, BUY = '{"type": "terminate"}', '{"type": "click", "name": "red_mug.buy_now"}'


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The invented lake with two policies judged, each session being of another user, for there to be enough of them."""
    folder = tmp_path_factory.mktemp("compare")
    warehouse = Warehouse(open_lake(str(folder / "lake"), folder / "uploads"), folder / "lake" / "warehouse.duckdb")
    with one_refresh(warehouse):
        fill(warehouse)
        for day in DAYS:
            cases = warehouse.read("dataset.cases", day=day)
            warehouse.write("dataset.cases", cases.with_columns(user_id="session_id"), day=day)
        for policy, output in (("leave", LEAVE), ("buy", BUY)):
            verdicts = judge(said(warehouse, policy, output), *tables(warehouse)).drop("policy")
            warehouse.write("evaluation.verdicts", verdicts, policy=policy)
    yield warehouse


def tables(warehouse: Warehouse) -> tuple[pl.DataFrame, pl.DataFrame]:
    return warehouse.read("dataset.cases"), warehouse.read("context.elements")


def said(warehouse: Warehouse, policy: str, output: str) -> pl.DataFrame:
    cases = warehouse.read("dataset.cases")
    return cases.select(pl.lit(policy).alias("policy"), "session_id", "step", pl.lit(output).alias("output"))


def test_two_policies_of_the_lake(judged: Warehouse) -> None:
    row = compare(judged, "leave", "buy")
    expected = comparisons(judged.read("evaluation.verdicts"), [Pair("leave", "buy", "f")]).to_dicts()[0]
    assert row["verdict"] == "distinguishable"
    assert {**row, "family": "f", "p_holm": row["p_sign_flip"]} == {**expected, "verdict": "distinguishable"}
    words = in_words(row)
    assert words.startswith(
        f"leave is {row['delta_points']:.1f} points higher in macro accuracy than buy (95 % interval "
    )
    assert f"{row['n_cases']} cases in {row['n_sessions']} sessions of {row['n_users']} users" in words
    assert "sign-flip over users" in words and "the paper's test" in words
    assert f"Distinguishable at this size. A true difference of {row['mde_points']:.1f} points would be found" in words
    assert f"{row['n_users']} users are few" in words


def test_a_file_beside_a_policy_and_beside_another_file(judged: Warehouse, tmp_path: Path) -> None:
    for name, output in (("first", BUY), ("second", LEAVE)):
        said(judged, "mine", output).sample(fraction=1, shuffle=True, seed=1).write_csv(tmp_path / f"{name}.csv")
    from_files = compare(judged, str(tmp_path / "second.csv"), str(tmp_path / "first.csv"))
    assert from_files["policy"].endswith("second.csv") and from_files["rival"].endswith("first.csv"), (
        "both call it mine"
    )
    stored = compare(judged, "leave", "buy")
    names = {"policy": "", "rival": ""}
    assert from_files | names == stored | names
    mixed = compare(judged, "leave", str(tmp_path / "first.csv"))
    assert (mixed["policy"], mixed["rival"]) == ("leave", "mine") and mixed | names == stored | names


def test_what_cannot_be_told_apart_is_said_so(judged: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "same.parquet"
    said(judged, "same", LEAVE).head(40).write_parquet(path)
    row = compare(judged, str(path), "leave")
    assert (row["delta_points"], row["p_sign_flip"], row["verdict"]) == (0, 1, "not distinguishable")
    assert row["coverage"] == 40 / judged.read("dataset.cases").height
    words = in_words(row)
    assert "Not distinguishable at this size." in words and "A true difference" not in words and "no p-value" in words
    alone = in_words({**row, "low_points": None, "high_points": None})
    assert "without an interval: one user tells nothing of others" in alone
    few = in_words({**row, "n_users": 4, "p_sign_flip_least": 0.125})
    assert "With 4 users nothing can be: the least possible p-value is 0.12." in few


def test_mistakes_are_one_clear_line(judged: Warehouse, warehouse: Warehouse, tmp_path: Path) -> None:
    two, one = tmp_path / "two.csv", tmp_path / "one.csv"
    pl.concat([said(judged, "a", BUY), said(judged, "b", BUY)]).write_csv(two)
    said(judged, "a", BUY).head(1).write_csv(one)
    said(judged, "a", BUY).tail(1).write_csv(tmp_path / "other.csv")
    for first, second, message in (
        ("leave", "nobody", "no policy 'nobody', nor a .csv or .parquet file; evaluated: buy, leave"),
        ("leave", "../etc", "no policy '../etc'"),
        ("leave", "later", "policy 'later' is not evaluated yet: `shopcart evaluate later` does it"),
        ("leave", "leave", "leave is compared with another policy, not with itself"),
        ("leave", str(two), "a comparison needs one policy a file; here are a, b"),
        (str(one), str(tmp_path / "other.csv"), "have no answered case in common"),
        ("leave", str(tmp_path / "gone.csv"), "gone.csv: there is no such file"),
    ):
        with pytest.raises(EvaluationError) as error:
            compare(judged, first, second, ["later", "leave"])
        assert message in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(EvaluationError, match="there are no test cases yet: run `shopcart demo`"):
        compare(warehouse, "leave", "buy")
