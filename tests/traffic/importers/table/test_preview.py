"""What a preview shows: ten events, what became of the rows, what is missing and unused; and that it cannot harm a terminal."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.importers.table.preview import SAMPLE_PAGES, SHOWN_ROWS, preview
from tests.traffic.importers.table.conftest import Mapped

LEAST = "event: {user_id: u, timestamp: t, event_type: {column: e, values: {view: click}}"


def table(folder: Path, n: int = 12, **more: object) -> str:
    frame = pl.DataFrame({"u": ["ann"] * n, "t": ["2026-10-01"] * n, "e": ["view"] * (n - 1) + ["hover"]})
    frame.with_columns(**{name: pl.lit(value) for name, value in more.items()}).write_parquet(folder / "t.parquet")
    return str(folder / "t.parquet")


def test_a_preview_says_what_the_mapping_makes_of_the_rows(tmp_path: Path, mapped: Mapped) -> None:
    mapping = mapped(LEAST + ", value: q}\nskip: [{column: u, values: [bob], reason: bob}]")
    text = preview(table(tmp_path, q="kettle", other=1), mapping, 100)
    lines = text.splitlines()
    assert lines[0].split() == ["timestamp", "user_id", "event_type", "value"]
    assert [line.split()[1:] for line in lines[1 : SHOWN_ROWS + 1]] == [["ann", "click", "kettle"]] * SHOWN_ROWS
    assert "of the first 12 rows:\n         11  event: click\n          1  refused: unmapped_event_type\n" in text
    assert "  target: nobody knows what was clicked" in text and "  session_id: sessions are cut" in text
    assert "  value:" not in text and text.endswith("columns that the mapping does not use: other")
    assert {file.name for file in tmp_path.iterdir()} == {"t.parquet", "mapping.yaml"}


def test_pages_show_their_size_and_are_sampled(tmp_path: Path, mapped: Mapped) -> None:
    text = preview(table(tmp_path, n=SAMPLE_PAGES + 500, h="<p>1234567"), mapped(LEAST + "}\npage: {html: h}"), 100)
    assert "10 bytes" in text and f"of the first {SAMPLE_PAGES:,} rows" in text and "  page:" not in text


def test_joined_pages_show_their_key(tmp_path: Path, mapped: Mapped) -> None:
    page = "page: {html: h, table: none.csv, key: k, event_key: q}"
    assert "key-7" in preview(table(tmp_path, q="key-7"), mapped(f"{LEAST}}}\n{page}"), 100)


def test_a_table_of_which_nothing_can_be_used_is_shown_too(tmp_path: Path, mapped: Mapped) -> None:
    text = preview(table(tmp_path, n=1), mapped(LEAST + "}"), 100)
    assert "1  refused: unmapped_event_type" in text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wild")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(20, 90))
def test_whatever_a_log_holds_cannot_move_the_cursor(folder: Path, value: str, width: int) -> None:
    (folder / "m.yaml").write_text(LEAST + ", value: q, target: {text: q}}")
    text = preview(table(folder, n=2, q=value), folder / "m.yaml", width)
    assert all(line.isprintable() and len(line) <= width for line in text.split("\n"))
