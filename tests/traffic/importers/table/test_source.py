"""Tables are read whole, in batches, wherever and however they lie; a broken row costs itself only."""

import csv
import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.mapping import Source
from shopcart_assets.traffic.importers.table.source import Batch, open_table
from tests.watched import Parts

FRAME = pl.DataFrame({"a": ["1", "2", "3"], "b": ["x", "y", "z"]})


def read(location: Path | str, columns: list[str], n_rows: int = 2, options: Source | None = None) -> list[Batch]:
    return list(open_table(str(location), options or Source()).batches(columns, n_rows))


@pytest.mark.parametrize(("name", "all_of_it"), [("t.parquet", (6, "rows")), ("t.csv", None), ("t.csv.gz", None)])
def test_rows_or_bytes_are_counted_and_what_is_not_needed_is_done(
    tmp_path: Path, name: str, all_of_it: tuple[int, str] | None
) -> None:
    files = [write(tmp_path, folder + name) for folder in ("one/", "two/")]
    n_all, unit = all_of_it or (sum(file.stat().st_size for file in files), "bytes")
    table, parts = open_table(str(tmp_path), Source()), Parts()
    assert sum(batch.rows.height for batch in table.batches(["a"], 2, parts, "mugs")) == 6
    batches = table.batches(["a"], 2, parts, "mugs")
    next(batches), next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert parts.whole() == [(n_all, f"{unit} of mugs")] * 2


def write(folder: Path, name: str, frame: pl.DataFrame = FRAME) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".parquet"):
        frame.write_parquet(file)
    else:
        data = frame.write_csv().encode()
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz"])
@pytest.mark.parametrize("as_url", [False, True])
def test_every_kind_gives_the_same_rows(tmp_path: Path, name: str, as_url: bool) -> None:
    file = write(tmp_path, name)
    batches = read(f"file://{file}" if as_url else file, ["b", "a"])
    assert [batch.rows.rows() for batch in batches] == [[("x", "1"), ("y", "2")], [("z", "3")]]
    assert {batch.file.rsplit("/", 1)[-1] for batch in batches} == {name}
    first = 1 if name.endswith("parquet") else 2
    assert [list(batch.lines) for batch in batches] == [[first, first + 1], [first + 2]]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_url_with_a_star_is_many_files(tmp_path: Path, suffix: str) -> None:
    for name in ("1", "2"):
        write(tmp_path, f"{name}.{suffix}")
    batches = read(f"file://{tmp_path}/*.{suffix}", ["a"], n_rows=100)
    assert [batch.rows["a"].to_list() for batch in batches] == [["1", "2", "3"]] * 2
    assert [next(iter(batch.lines)) for batch in batches] == [1 if suffix == "parquet" else 2] * 2


def test_a_folder_is_read_in_the_order_of_names_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.parquet", "a/3.parquet", ".cache/1.parquet", "b/.4.parquet"):
        write(tmp_path, name)
    (tmp_path / "README.md").write_text("no table")
    assert [batch.file for batch in read(tmp_path, ["a"], n_rows=5)] == ["a/3.parquet", "b/2.parquet"]


def test_files_are_picked_by_a_pattern(tmp_path: Path) -> None:
    for name in ("events-1.csv", "events-2.csv", "users.csv", "pages.parquet"):
        write(tmp_path, name)
    found = read(tmp_path, ["a"], 5, Source(files="events-*.csv"))
    assert [batch.file for batch in found] == ["events-1.csv", "events-2.csv"]
    with pytest.raises(DropError, match=r"source\.files"):
        open_table(str(tmp_path), Source())
    with pytest.raises(DropError, match=r"'events-1\.csv', 'events-2\.csv'"):
        open_table(str(tmp_path), Source(files="event.csv"))


def test_broken_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b'\xef\xbb\xbfa;b\n1;"two\nlines"\n\n2\n3;\xff\n4;x;y\n5;\xc3\xbc')
    (batch,) = read(file, ["a", "b"], 10, Source(delimiter=";"))
    assert batch.rows.rows() == [("1", "two\nlines"), ("5", "ü")] and list(batch.lines) == [2, 8]
    assert batch.broken == [(5, "wrong_number_of_columns"), (6, "bad_encoding"), (7, "wrong_number_of_columns")]


def test_other_encodings_and_tabs_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_bytes("a\tb\n1\tü".encode("latin-1"))
    assert read(tmp_path / "t.tsv", ["b"], 10, Source(encoding="latin-1"))[0].rows["b"].to_list() == ["ü"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b,a\n", "more than one column 'a'"),
        ("t.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 99, mtime=0)[:-12], "cannot be read as a table"),
        ("t.csv.gz", b"a,b\n1,2", "cannot be read as a table"),
        ("t.parquet", b"PAR1 and so on", "cannot be read as a table"),
        ("t.xlsx", b"", "known kind"),
    ],
)
def test_an_unusable_file_gets_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DropError, match=said) as error:
        read(tmp_path / name, ["a"])
    assert "\n" not in str(error.value)


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DropError, match="does not exist"):
        open_table(str(tmp_path / "none.csv"), Source())
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DropError, match=r"no file such as .* 'notes\.txt'"):
        open_table(str(tmp_path), Source())


def test_a_file_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    write(tmp_path, "1.csv")
    write(tmp_path, "2.csv", FRAME.rename({"b": "c"}))
    with pytest.raises(DropError, match=r"2\.csv has no column 'b'.* it has: 'a', 'c'"):
        read(tmp_path, ["a", "b"])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.integers(1, 3))
def test_whatever_a_writer_of_csv_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], n_rows: int
) -> None:
    file = tmp_path_factory.mktemp("any") / "t.csv"
    with file.open("w", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    batches = read(file, ["a", "b"], n_rows)
    assert [row for batch in batches for row in batch.rows.rows()] == rows
    assert not any(batch.broken for batch in batches)


@given(st.binary(max_size=60))
def test_whatever_bytes_a_file_holds_each_row_is_read_or_named(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "t.csv"
    file.write_bytes(b"a,b\n" + data)
    batches = read(file, ["a", "b"], 2)
    lines = [line for batch in batches for line in [*batch.lines, *(line for line, _ in batch.broken)]]
    assert len(lines) == len(set(lines)) and all(line > 1 for line in lines)
