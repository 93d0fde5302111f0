"""What the history of runs keeps of a table's rows: nothing that leads to a person, and no more than fits a screen."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import TABLES, Table
from shopcart_assets.platform.preview import N_ROWS, as_text, columns, head, that_fits
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import KINDS


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_column_that_leads_to_a_person_is_shown_and_none_of_raw_traffic(table: Table) -> None:
    shown = set(columns(table))
    assert not shown & set(table.persons()) and bool(shown) != table.is_raw
    assert not shown & {"html", "steps"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pseudonym_loses_what_would_tell_one_person_from_another(kind: str) -> None:
    placeholder = Pseudonyms(b"secret", "u1").placeholder(kind, "Ann Lee")  # type: ignore[arg-type]
    number = placeholder[-5:-1]
    inside = f"header.hello_{placeholder[1:-1].lower()}"
    text = as_text(pl.DataFrame({"text": [f"hello {placeholder}", inside]}))
    assert number not in text and number.lower() not in text and f"hello [{kind.upper()}]" in text


def test_only_the_first_rows_are_read_back(tmp_path: Path) -> None:
    path, table = tmp_path / "part.parquet", TABLES["dataset.refused"]
    pl.DataFrame({"session_id": ["s"] * 9, "reason": [str(n) for n in range(9)]}).write_parquet(path)
    found = head(path, table)
    assert found is not None and found.to_dict(as_series=False) == {"reason": [str(n) for n in range(N_ROWS)]}
    assert head(path, TABLES["traffic.events"]) is None


def test_a_wide_table_shows_fewer_rows_and_never_none() -> None:
    def n_rows(n_columns: int) -> int:
        rows = pl.DataFrame({f"column_{n}": ["word " * 5] * N_ROWS for n in range(n_columns)})
        return that_fits(rows).count("\n") - 1

    assert [n_rows(n) for n in (2, 8, 40)] == [N_ROWS, 2, 1]


@given(st.lists(st.text(), min_size=1, max_size=9))
def test_whatever_a_cell_says_a_row_is_a_line_and_a_cell_is_short(cells: list[str]) -> None:
    head_line, rule, *rows = as_text(pl.DataFrame({"text": cells}, {"text": pl.String()})).split("\n")
    assert head_line.startswith("| text") and set(rule) <= set("|-") and len(rows) == min(len(cells), N_ROWS)
    assert all(len(row) < 80 for row in rows)


@given(st.lists(st.text("0\U00020000コ\uff76e\u0301", min_size=18), min_size=1, max_size=3), st.booleans())
def test_wide_characters_and_lists_stay_on_a_line(cells: list[str], is_listed: bool) -> None:
    column = pl.Series("cell", [cells] if is_listed else cells)
    assert as_text(pl.DataFrame({"cell": column})).count("\n") == 1 + len(column)


def test_a_long_cell_says_that_it_is_cut_and_a_list_keeps_no_number_of_a_pseudonym() -> None:
    rows = pl.DataFrame({"text": ["棚" * 30], "list": [["[NAME_7F3A]", "b"]]})
    assert as_text(rows).split("\n")[2] == f'| {"棚" * 18}... | ["[NAME]", "b"] |'
