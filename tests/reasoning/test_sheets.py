"""Sheets are safe to open, are not overwritten, and are read as spreadsheets save them."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.reasoning.blind import BlindError
from shopcart_assets.reasoning.sheets import cell, read_sheet, write_sheets

COLUMNS = ("item", "left", "choice")
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\u200b=1",
    " =1",
    '"=1',
    "\uff1d1",
    "red;=1+1",
    'red; "=1',
    "<img src=x onerror=alert(1)>",
    "a\r\n=1",
]


@given(st.text() | st.sampled_from(HOSTILE))
def test_no_cell_is_a_formula_or_markup(text: str) -> None:
    safe = cell(text)
    assert "\n" not in safe and "\r" not in safe and "\t" not in safe and "<" not in safe and ">" not in safe
    for part in safe.split(";"):
        assert (
            not part.strip()
            .strip('"')
            .lstrip()
            .startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
        )


def test_words_are_left_alone() -> None:
    said = "I want the 5-star mug (4.5 + free delivery); it's £9.99 – cheap, Größe M"
    assert cell(said) == said


def _written(folder: Path, *texts: str) -> Path:
    path = folder / "sheet.csv"
    write_sheets({path: (COLUMNS, [{"item": f"s1-{n}", "left": text, "choice": ""} for n, text in enumerate(texts)])})
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = _written(tmp_path, 'a, "b"', "ü", *HOSTILE)
    rows = read_sheet(path, COLUMNS)
    assert [row["left"] for row in rows] == [cell(text) for text in ('a, "b"', "ü", *HOSTILE)]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and list(tmp_path.iterdir()) == [path]


def test_a_reader_s_choices_are_not_overwritten(tmp_path: Path) -> None:
    path = _written(tmp_path, "a")
    path.write_text("chosen")
    with pytest.raises(BlindError, match="is there already"):
        write_sheets({tmp_path / "new.csv": (COLUMNS, []), path: (COLUMNS, [])})
    assert path.read_text() == "chosen" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(BlindError, match="cannot be written"):
        write_sheets({tmp_path / "nowhere" / "sheet.csv": (COLUMNS, [])})


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-8-sig")])
def test_it_is_read_as_spreadsheets_save_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "saved.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([["item", "note", "left", "choice"], ["s1-1", "two\nlines", "ü, b", "left"], ["", "", "", ""]])
    assert [row["choice"] for row in read_sheet(path, ("item", "choice"))] == ["left"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01", b"item,choice\n", b'item,choice\n"s1'])
def test_another_file_is_refused_or_read_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    try:
        assert read_sheet(path, ("item", "choice")) == [{"item": "s1", "choice": ""}]
    except BlindError as error:
        assert str(path) in str(error) and "\n" not in str(error)
