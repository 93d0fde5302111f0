"""Blind sheets as CSV files for spreadsheets: written so that no cell is a formula or markup, read as spreadsheets save them.

What is in them is `blind`'s.
"""

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shopcart_assets.reasoning.blind import BlindError
from shopcart_assets.reasoning.clean import one_line

# A spreadsheet takes these for a formula at the start of a cell: also full-width forms, and after a semicolon, which is what
# separates cells in much of Europe, whatever the quotes.
_FORMULA = re.compile(r"(^|;)([\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20|%])")
_ANGLES = str.maketrans("<>", "‹›")


def cell(text: str) -> str:
    """The text as one line that no spreadsheet calculates and no browser takes for markup, else as it was.

    >>> cell("=1+1"), cell("cheap; @SUM(A1)"), cell("<b>a</b>"), cell("I like it - a lot")
    ("'=1+1", "cheap;' @SUM(A1)", '‹b›a‹/b›', 'I like it - a lot')
    """
    return _FORMULA.sub(r"\1'\2", one_line(text).translate(_ANGLES))


def write_sheets(files: Mapping[Path, tuple[Sequence[str], Sequence[Mapping[str, str]]]]) -> None:
    """Writes each file of these columns and rows, or, where one of them is there already, none. Raises BlindError."""
    for path in files:
        if path.exists():
            raise BlindError(f"{path} is there already and may hold a reader's choices: choose another name by --out")
    for path, (columns, rows) in files.items():
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with scratch.open(
                "w", encoding="utf-8-sig", newline=""
            ) as file:  # without its mark Excel takes it for Latin-1
                writer = csv.DictWriter(file, columns, quoting=csv.QUOTE_ALL)
                writer.writeheader()
                writer.writerows({name: cell(row[name]) for name in columns} for row in rows)
            scratch.replace(path)
        except OSError as error:
            raise BlindError(f"{path} cannot be written ({error.strerror}): choose another place by --out") from error
        finally:
            scratch.unlink(missing_ok=True)


def read_sheet(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file with these columns among others; what separates cells may be a comma, a semicolon or a tab.

    Rows without anything in them are left out. Raises BlindError where the file is none of ours.
    """
    try:
        # What a spreadsheet saved in another encoding is still read: ids and choices are ASCII.
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        header = text.partition("\n")[0]
        delimiter = max(",;\t", key=header.count)
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval=""))
    except (OSError, csv.Error) as error:
        raise BlindError(f"{path} cannot be read as a CSV file ({type(error).__name__})") from error
    if not rows or not set(columns) <= rows[0].keys():
        raise BlindError(f"{path} lacks rows of the columns {', '.join(columns)}: give a file of `rationales sheet`")
    return [{name: row[name] for name in columns} for row in rows if any(row[name].strip() for name in columns)]
