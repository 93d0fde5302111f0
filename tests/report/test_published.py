"""The paper's tables as data: whole, as printed, and consistent in themselves."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.report.checks import as_computed
from shopcart_assets.report.published import published

FILES = {1: "table1.csv", 2: "table2_opera.csv", 4: "table4.csv"}
PRINTED = {
    "printed_accuracy_delta_pct": "action_delta_vs_base_pct",
    "printed_accuracy_points": "action_vs_deepseek_r1_pts",
    "printed_f1_delta_pct": "f1_delta_vs_base_pct",
    "printed_f1_points": "f1_vs_deepseek_r1_pts",
}


@pytest.fixture
def deltas(warehouse: Warehouse) -> pl.DataFrame:
    warehouse.write("report.published", published())
    return warehouse.read("report.deltas")


@pytest.mark.parametrize("number", FILES)
def test_each_cell_is_the_papers(shared: Path, number: int) -> None:
    printed = pl.read_csv(shared / "reference" / FILES[number], schema_overrides={"reasoning": pl.String})
    ours = published().filter(pl.col("paper_table") == number)
    for name in ("group", "model", "action_accuracy_pct", "session_f1_pct"):
        assert ours[name].to_list() == printed[name].to_list()
    assert ours["reasoning"].to_list() == [{"yes": True, "no": False}.get(one or "") for one in printed["reasoning"]]
    for name, theirs in PRINTED.items():
        assert ours[name].to_list() == (printed[theirs].to_list() if theirs in printed.columns else [None] * len(ours))


def test_every_printed_difference_is_recomputed_to_its_last_digit(deltas: pl.DataFrame) -> None:
    n_checked = 0
    for name in PRINTED:
        mine = name.removeprefix("printed_")
        there = deltas.filter(pl.col(name).is_not_null())
        assert there[mine].round(2).to_list() == pytest.approx(there[name].to_list(), abs=1e-9)
        n_checked += there.height
    assert n_checked == 2 * (22 + 3) + 2 * (27 + 6)
    assert as_computed(deltas) == []
    off = deltas.with_columns(accuracy_points=pl.col("accuracy_points") + 0.01)
    assert len(as_computed(off)) == 22 + 27


def test_what_the_paper_does_not_print_of_opera_follows_too(deltas: pl.DataFrame) -> None:
    tuned = deltas.filter(pl.col("source") == "paper table 2", pl.col("arm") == "reasoning").to_dicts()
    assert [round(tuned[0][name], 2) for name in ("accuracy_delta_pct", "f1_delta_pct")] == [9.68, 6.26]
    assert round(tuned[0]["accuracy_points"], 2) == round(35.14 - 21.28, 2)


def test_tables_1_and_4_agree_in_every_row_that_both_have() -> None:
    rows = {
        number: {
            tuple(row[:3]): row[3:]
            for row in published().filter(pl.col("paper_table") == number).drop("paper_table").rows()
        }
        for number in (1, 4)
    }
    both = rows[1].keys() & rows[4].keys()
    assert len(both) == 22 and all(rows[1][one] == rows[4][one] for one in both)
