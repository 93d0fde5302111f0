"""A few rows of a table as text, for the history of runs, where no erasure reaches. How it is shown is the catalogue's.

So nothing that leads to a person is in it: raw traffic has no preview, ids are left out, and pseudonyms lose their numbers.
"""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from shopcart_assets.platform.dictionary import Table

N_ROWS = 5
_INLINE_CHARACTERS = 980
"""What is longer, the UI does not show before it is asked to (1,000 with the fence)."""
NO_PREVIEW = "raw traffic is personal data: it is not copied into the history of runs"
_CELL_COLUMNS = 40
"""Of a terminal; what is wider than 43, Polars breaks into lines, and ideographs take two."""
_ELLIPSIS = "..."
# Columns that hold a whole page or a whole session in each cell.
_DOCUMENTS = frozenset({"html", "steps"})
# What people typed and saw, of a stage whose own checks have yet to say that nothing personal is left in it.
_UNCHECKED = frozenset({"url", "target", "value"})
# What stands for a person's data ends so, as a placeholder and inside an element's name: [NAME_7F3A], header.hello_name_7f3a.
_NUMBER = re.compile(r"(?<=[A-Za-z])_[0-9A-Fa-f]{4}(?![0-9A-Za-z])")
_SPACE = re.compile(r"\s+")


def columns(table: Table) -> list[str]:
    """The columns of a table that may be shown; none of raw traffic."""
    hidden = _DOCUMENTS | set(table.persons()) | (_UNCHECKED if table.name.startswith("privacy.") else set())
    return [] if table.is_raw else [name for name in table.schema().names() if name not in hidden]


def head(path: Path, table: Table) -> pl.DataFrame | None:
    """The first rows of a table's Parquet file, of the columns that may be shown; None where there are none."""
    shown = columns(table)
    return pl.scan_parquet(path).select(shown).head(N_ROWS).collect() if shown else None


def as_text(rows: pl.DataFrame, most: int = N_ROWS) -> str:
    """The first rows as a table in plain text, long cells cut; the text is untrusted.

    >>> print(as_text(pl.DataFrame({"step": [1], "text": ["[NAME_7F3A] \\n called"]})))
    | step | text          |
    |------|---------------|
    | 1    | [NAME] called |
    """
    plain = rows.head(most).with_columns(
        pl.col(pl.String()).map_elements(_plain, return_dtype=pl.String()),
        cs.nested().map_elements(_of_many, return_dtype=pl.String()),
        # Of times the seconds: microseconds and the zone, which is UTC everywhere, would widen each row.
        pl.col(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%d %H:%M:%S"),
    )
    with pl.Config(
        tbl_rows=most,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=_CELL_COLUMNS,
        tbl_formatting="ASCII_MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return str(plain)


def that_fits(rows: pl.DataFrame) -> str:
    """As `as_text`, of as many rows as the UI shows at once, and at least one."""
    texts = (as_text(rows, n) for n in range(N_ROWS, 0, -1))
    return next((text for text in texts if len(text) <= _INLINE_CHARACTERS), as_text(rows, 1))


def _of_many(cell: Any) -> str:
    """A list or a structure as JSON."""
    values = cell.to_list() if isinstance(cell, pl.Series) else cell
    return _plain(json.dumps(values, ensure_ascii=False, default=str))


def _plain(text: str) -> str:
    """On one line, without numbers of pseudonyms, as wide as a cell may be."""
    text = _SPACE.sub(" ", _NUMBER.sub("", text[: 2 * _CELL_COLUMNS])).strip()
    return text if _columns(text) <= _CELL_COLUMNS else _cut(text, _CELL_COLUMNS - len(_ELLIPSIS)) + _ELLIPSIS


def _cut(text: str, most: int) -> str:
    """The beginning, at most so many columns wide."""
    n = most
    while _columns(text[:n]) > most:
        n -= 1
    return text[:n]


def _columns(text: str) -> int:
    """Of a terminal, at most; what this Python's Unicode does not know yet may be wide."""
    return sum(
        2 if unicodedata.east_asian_width(one) in "WF" or unicodedata.category(one) == "Cn" else 1 for one in text
    )
