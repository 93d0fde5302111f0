"""Two at once: runs of one partition, erasures, and a reader of what is replaced under its eyes."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.warehouse import Warehouse
from tests.chaos import lives
from tests.chaos.lives import STAGES, Stage
from tests.chaos.past import Past

_DAYS = ("2026-10-01", "2026-10-02")
_N_ROWS = 300_000
"""Of a partition: more than one row group, so that a reader is in the middle of it."""


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_two_runs_of_one_partition_at_once_leave_what_one_leaves(
    stage: Stage, past: Past, request: pytest.FixtureRequest
) -> None:
    if stage.name != "traffic" and not request.config.getoption("--chaos"):
        pytest.skip("make chaos runs it")
    past.of(stage)
    past.restore(stage.name)
    logs = [past.folder / f"{number}.txt" for number in range(2)]
    both = [lives.start(stage, past.home, log) for log in logs]
    for life in both:
        life.join()
    said = [log.read_text() for life, log in zip(both, logs, strict=True) if life.exitcode]
    assert all(one.splitlines()[-1].startswith("shopcart: ") for one in said), (
        "one line says why one of them had to wait"
    )
    if said:
        lives.run(stage, past.home)
    past.require_same(stage, f"two runs of {stage.name} at once; refused: {[one.splitlines()[-1] for one in said]}")


def rows(generation: int) -> pl.DataFrame:
    """Rows that all say by whom they were written."""
    return pl.DataFrame({"fate": [f"g{generation}"] * _N_ROWS, "n_events": range(_N_ROWS)})


def replaced(warehouse: Warehouse) -> None:
    for day in _DAYS:
        warehouse.write("traffic.intake", rows(1), day=day)


def rebuilt(warehouse: Warehouse) -> None:
    replaced(warehouse)
    warehouse.views.refresh()
    Path(warehouse.lake.url, ".warehouse.duckdb.4194305").write_text("left by a builder that was killed")
    warehouse.views.refresh()


@pytest.mark.parametrize("change", [replaced, rebuilt])
@pytest.mark.parametrize("n_read", [0, 1, 400_000])
def test_a_reader_of_what_is_replaced_sees_each_partition_whole(
    n_read: int, change: Callable[[Warehouse], None], warehouse: Warehouse
) -> None:
    for day in _DAYS:
        warehouse.write("traffic.intake", rows(0), day=day)
    with warehouse.views.connect() as reader:
        reader.execute("select day, fate from traffic.intake")
        seen = reader.fetchmany(n_read) if n_read else []
        change(warehouse)
        seen += reader.fetchall()
        assert pl.DataFrame(seen, orient="row").group_by("column_0").agg(pl.len(), pl.col("column_1").n_unique()).sort(
            "column_0"
        ).rows() == [(day, _N_ROWS, 1) for day in _DAYS]
        again = reader.execute("select distinct fate from traffic.intake").fetchall()
        assert again == [("g1",)], "an open connection goes on with what is there now"
    assert list(Path(warehouse.lake.url).glob(".warehouse.duckdb.4194305")) == []
