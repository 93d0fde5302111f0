"""Files as people write them: what is right is read whole, what is wrong is one clear line that quotes no output."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.predictions_file import read_predictions

HEADER = b"policy,session_id,step,output\n"
ROW = {"policy": ["a"], "session_id": ["s"], "step": [2], "output": ["x"]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'output,policy,step,session_id\n007,a,2,0012\n"say ""x""\nand",a,3,0012\n',
         [("a", "0012", 2, "007"), ("a", "0012", 3, 'say "x"\nand')]),
        (b"\xef\xbb\xbf" + HEADER + b"a,s,2,x\n", [("a", "s", 2, "x")]),
        (b'\xef\xbb\xbf"policy",session_id,step,output\na,s,2,x\n', [("a", "s", 2, "x")]),
        (HEADER.replace(b"\n", b"\r\n") + b'a,s,2,"x\r\ny"\r\n', [("a", "s", 2, "x\r\ny")]),
        (HEADER + b'a,s,2,"{""type"": ""terminate""}"', [("a", "s", 2, '{"type": "terminate"}')]),
        (HEADER + b"a,s,2,\n", [("a", "s", 2, None)]),
        (HEADER, []),
    ],
    ids=["any order, quotes, breaks", "mark", "mark and quotes", "crlf", "json", "no output", "no row"],
)  # fmt: skip
def test_a_csv_is_read_word_for_word(tmp_path: Path, data: bytes, expected: list[object]) -> None:
    path = tmp_path / "predictions.CSV"
    path.write_bytes(data)
    assert read_predictions(path).rows() == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n\n", "the file is empty"),
        (HEADER + b"a,s,2,caf\xe9\n", "not UTF-8 text"),
        (HEADER + b'a,s,2,{"type": "click", "name": "secret"}\n', "an output with a comma, quote or line break stands in double"),
        (HEADER + b'a,s,2,"secret\na,s,3,y\n', "an output with a comma, quote or line break stands in double quotes"),
        (HEADER.replace(b",", b";"), "no column policy, session_id, step, output; it needs policy, session_id, step, output and has"),
        (b"policy,session_id,step\n", "no column output; it needs policy, session_id, step, output and has 'policy', 'session_id'"),
        (HEADER + b"a,s,2,x\na,s,two,x\n", "step must be a whole number in every row; row 2 has 'two'"),
        (HEADER + b"a,s,2.5,x\n", "step must be a whole number in every row; row 1 has '2.5'"),
        (HEADER + b"a,s,99999999999999999999,x\n", "step must be a whole number in every row; row 1 has '9999"),
        (HEADER + b"a,s,,x\n", "row 1 has no step"),
        (HEADER + b"a,s,2,x\n,s,3,x\n", "row 2 has no policy"),
        (HEADER + b"a,,2,x\n", "row 1 has no session_id"),
    ],
)  # fmt: skip
def test_a_wrong_csv_is_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_bytes(data)
    with pytest.raises(EvaluationError) as error:
        read_predictions(path)
    assert str(error.value).startswith(f"{path}: {message}") or message in str(error.value)
    assert "\n" not in str(error.value) and "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"step": [2.5]}, "row 1 has 2.5"),
        ({"step": [float("nan")]}, "row 1 has nan"),
        ({"step": [True]}, "step must be a whole number; here it is Boolean"),
        ({"step": [[2]]}, "step must be a whole number; here it is List(Int64)"),
        ({"step": [None]}, "row 1 has no step"),
        ({"policy": [None]}, "row 1 has no policy"),
        ({"output": [{"type": "terminate"}]}, "output must be text; here it is Struct"),
        ({"output": [b"\xff"]}, "output must be text; here it is Binary"),
    ],
)
def test_a_parquet_of_wrong_types_is_one_line(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    path = tmp_path / "predictions.parquet"
    pl.DataFrame({**ROW, **columns}, strict=False).write_parquet(path)
    with pytest.raises(EvaluationError, match=message.replace("(", "\\(").replace(")", "\\)")):
        read_predictions(path)


def test_a_parquet_of_other_fitting_types_is_read(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    other = {"session_id": [12], "step": [2.0], "note": ["more"]}
    pl.DataFrame({**ROW, **other}).with_columns(pl.col("policy").cast(pl.Categorical)).write_parquet(path)
    assert read_predictions(path).rows() == [("a", "12", 2, "x")]


def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    for name, policy in (("mine[1]*.csv", b"mine"), ("mine1.csv", b"other")):
        (tmp_path / name).write_bytes(HEADER + policy + b",s,2,x\n")
    assert read_predictions(tmp_path / "mine[1]*.csv")["policy"].to_list() == ["mine"]


def test_what_is_no_such_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "empty.parquet").write_bytes(b"")
    for name, message in {
        "broken.parquet": "not readable as parquet",
        "empty.parquet": "the file is empty",
        "gone.csv": "there is no such file",
        "predictions.xlsx": "predictions are a .csv or a .parquet file",
    }.items():
        with pytest.raises(EvaluationError, match=f"{name}: {message}"):
            read_predictions(tmp_path / name)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5), st.booleans())
def test_any_output_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, outputs: list[str], is_csv: bool
) -> None:
    path = tmp_path_factory.mktemp("wild") / f"predictions.{'csv' if is_csv else 'parquet'}"
    n = len(outputs)
    frame = pl.DataFrame({"policy": ["a"] * n, "session_id": ["s"] * n, "step": range(n), "output": outputs})
    frame.write_csv(path) if is_csv else frame.write_parquet(path)
    assert read_predictions(path)["output"].to_list() == outputs
