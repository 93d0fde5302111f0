"""The pipeline's bench: a whole small log goes through every stage, what was measured is kept, and growth is told apart."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shopcart_assets import bench_pipeline
from shopcart_assets.bench_pipeline import Measured, StageFailed, with_growth
from shopcart_assets.bench_stage import STAGES
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.sample_shop import at_size
from shopcart_assets.traffic.sample_shop.size import Size
from tests.watched import Parts

ONE = Measured(100, 725, 10_000_000, "traffic", 2.0, 1.5, 200_000_000, 5_000, 1_000_000)


def _warehouse(home: Path) -> Warehouse:
    return Warehouse(open_lake(str(home / "lake"), home), home / "lake" / "warehouse.duckdb")


@pytest.mark.slow
def test_every_stage_runs_once_and_admits_all_that_was_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_pipeline, "SHARES", (1,))
    size, said = Size(n_sessions=30, n_days=1, n_results=2), list[str]()
    measured = bench_pipeline.bench(size, tmp_path, said.append)
    assert [one.stage for one in measured] == [*STAGES, "all stages"]
    assert all(one.seconds > 0 and one.cpu_seconds > 0 and one.peak_bytes > 50_000_000 for one in measured)
    (home,) = tmp_path.iterdir()
    warehouse, counts = _warehouse(home), size.counts
    actions, splits = warehouse.read("context.actions"), warehouse.read("dataset.splits")
    assert (actions["session_id"].n_unique(), actions.height) == (counts.n_sessions, counts.n_actions) == (30, 217)
    assert (splits.height, warehouse.read("dataset.refused").height) == (30, 0)
    assert splits.filter(outcome="purchase").height == counts.n_purchases == 4
    assert warehouse.partitions("evaluation.verdicts") and (home / "state" / "report" / "report.html").exists()
    monkeypatch.setattr(bench_pipeline, "run", _must_not_run)
    assert bench_pipeline.bench(size, tmp_path, said.append) == measured


def _must_not_run(*_: object) -> None:
    raise AssertionError("a stage that was measured is run again")


@pytest.mark.slow
def test_a_stage_that_fails_is_told_in_one_line_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_pipeline, "SHARES", (1,))
    monkeypatch.setattr(bench_pipeline, "STAGES", {"dataset": STAGES["dataset"]})
    with pytest.raises(StageFailed, match=r"dataset ended with code 1: .*has no partition"):
        bench_pipeline.bench(Size(n_sessions=2, n_days=1), tmp_path, lambda _line: None)
    assert not list(tmp_path.rglob("measured/*.json"))


def test_only_what_is_still_to_be_measured_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"seconds": 1.0, "cpu_seconds": 1.0, "peak_bytes": 1, "rows": 1, "lake_bytes": 1}
    facts = at_size.Facts(Size(n_sessions=200).counts, n_views=1, n_pages=1, page_bytes=1, drop_bytes=1)
    monkeypatch.setattr(bench_pipeline, "_run", lambda stage, home: figures)
    monkeypatch.setattr(at_size, "ensure", lambda size, drop, count: facts)
    monkeypatch.setattr(drops, "register", lambda state, drop: None)
    whole, rest = Parts(), Parts()
    bench_pipeline.bench(Size(n_sessions=200), tmp_path, lambda line: None, whole)
    for file in [*tmp_path.glob("200-*/measured/traffic.json"), *tmp_path.glob("20-*/measured/report.json")]:
        file.unlink()
    bench_pipeline.bench(Size(n_sessions=200), tmp_path, lambda line: None, rest)
    assert whole.whole() == [((2 + 20 + 200) * len(STAGES), "sessions through a stage")]
    assert rest.whole() == [(20 + 200, "sessions through a stage")]


def test_growth_is_time_per_action_relative_to_the_size_before() -> None:
    larger = replace(ONE, sessions=1_000, actions=7_250, seconds=24.0)
    first, second, other = with_growth([ONE, larger, replace(larger, stage="report")])
    assert (first.growth, second.growth, other.growth) == (None, 1.2, None)
    assert second.to_dict()["per_action_ms"] == pytest.approx(3.3103)


def test_a_line_has_a_figure_under_each_word_of_the_header() -> None:
    line = replace(ONE, growth=1.25).line()
    assert len(line) == len(bench_pipeline.HEADER) and line.split() == [
        *("100", "traffic", "2.0", "1.5", "5,000", "2,500", "5.0", "200", "1", "2.759", "1.25")
    ]
    assert json.loads(json.dumps(ONE.to_dict()))["page_mb_per_s"] == 5.0
