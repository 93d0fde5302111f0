"""Pages come from the events' rows or from a table of their own, and lie where the earliest event that shows them is read."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.traffic import drops
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.run import Imported, import_table
from tests.traffic.importers.table.conftest import Mapped

EVENT = "event: {user_id: u, timestamp: t, event_type: {constant: click}, url: a}\n"
JOINED = EVENT + "page: {html: body, url: address, table: pages.parquet, key: id, event_key: p}\n"
EVENTS = pl.DataFrame(
    [
        ("ann", "2026-10-05", "/late", "k1", "<p>one"),
        ("ann", "2026-10-01", "/early", "k1", "<p>one"),
        ("ann", "2026-10-02", "/other", "k2", "<p>two"),
        ("ann", "2026-10-02", "/none", None, None),
        ("ann", "2026-10-02", "/lost", "k9", ""),
        ("", "2026-10-02", "/refused", "k3", "<p>three"),
    ],
    schema=["u", "t", "a", "p", "h"],
    orient="row",
)
PAGES = pl.DataFrame(
    [
        ("k1", "/1", b"<p>one"),
        ("k2", None, b"<p>two"),
        ("k1", "/1b", b"<p>else"),
        ("k3", "/3", b"<p>three"),
        ("k4", "/4", None),
    ],
    schema=["id", "address", "body"],
    orient="row",
)


def imported(tmp_path: Path, mapping: Path) -> tuple[Imported, dict[str, list[tuple[str, bytes]]]]:
    result = import_table(str(tmp_path / "log.csv"), mapping, tmp_path / "drop", None)
    pages = {
        day: pl.read_parquet(file).select("url", "html").rows()
        for day in result.delivery.days
        if (file := tmp_path / "drop" / day / drops.PAGES_FILE).is_file()
    }
    return result, pages


@pytest.fixture(autouse=True)
def tables(tmp_path: Path) -> None:
    EVENTS.write_csv(tmp_path / "log.csv")
    PAGES.write_parquet(tmp_path / "pages.parquet")


def test_pages_in_the_rows_lie_on_the_earliest_day_whatever_the_order(tmp_path: Path, mapped: Mapped) -> None:
    result, pages = imported(tmp_path, mapped(EVENT + "page: {html: h}"))
    assert pages == {"2026-10-01": [("/early", b"<p>one")], "2026-10-02": [("/other", b"<p>two")]}
    assert '"events_without_page": 2' in (tmp_path / "drop" / "import.json").read_text()
    assert result.delivery.refused == {"missing_user_id": 1}


def test_pages_in_another_table_are_joined_by_their_key(tmp_path: Path, mapped: Mapped) -> None:
    _, pages = imported(tmp_path, mapped(JOINED))
    assert pages == {"2026-10-01": [("/1", b"<p>one")], "2026-10-02": [("/other", b"<p>two")]}
    notes = (tmp_path / "drop" / "import.json").read_text()
    assert '"ambiguous_page_keys": 1' in notes and '"events_without_page": 2' in notes


def test_a_url_of_a_table_finds_its_pages_beside_it(tmp_path: Path, mapped: Mapped) -> None:
    result = import_table(f"file://{tmp_path}/log.csv", mapped(JOINED), tmp_path / "drop", None)
    assert result.delivery.n_pages == 2


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("pages.parquet", "none.parquet", r"none\.parquet does not exist"),
        (
            "key: id",
            "key: ident",
            r"page\.table .*pages\.parquet: no column 'ident'; there are: 'id', 'address', 'body'",
        ),
        ("html: body", "html: html", r"page\.table .*pages\.parquet: no column 'html'"),
        ("event_key: p", "event_key: q", r"page\.event_key: no column 'q'"),
    ],
)
def test_what_is_not_there_is_said_so(tmp_path: Path, mapped: Mapped, right: str, wrong: str, said: str) -> None:
    with pytest.raises(DropError, match=said):
        imported(tmp_path, mapped(JOINED.replace(right, wrong)))
    assert not (tmp_path / "drop").exists()
