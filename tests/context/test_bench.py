import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopcart_assets import cli_bench
from shopcart_assets.cli import cli
from shopcart_assets.context import bench
from shopcart_assets.context.bench import BenchError, bench_folder
from tests.watched import Parts, look_on


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench, "WARM_UP_SECONDS", 0)
    (tmp_path / "small.html").write_text("<?xml version='1.0' encoding='utf-8'?><p><a href=/x>one</a></p>")
    (tmp_path / "large.HTM").write_text("<ul>" + f"<li><a href=/x>Red mug</a> $5 {'x ' * 250}</li>" * 500 + "</ul>")
    (tmp_path / "deep.html").write_text("<div>" * 5_000)
    (tmp_path / "notes.txt").write_text("no page")
    return tmp_path


def test_every_page_is_measured_or_said_to_be_unreadable(pages: Path) -> None:
    parts = Parts()
    report = bench_folder(pages, n_rounds=1, count=parts)
    assert parts.whole() == [(2, "pages"), (2, "rounds in two processes")]
    assert [(page.page, page.n_nodes) for page in report.pages] == [("large.HTM", 1_001), ("small.html", 2)]
    assert list(report.unreadable) == ["deep.html"]
    for page in report.pages:
        assert min(page.bare_ms, page.simplify_ms, page.pruned_ms, page.ratio, page.microseconds_a_node) > 0
    told = report.summary()
    assert (told["n_pages"], told["n_unreadable"], told["n_large_pages"]) == (2, 1, 1)
    assert told["ratio_p50_large"] == report.pages[0].ratio and (told["ratio_max"] or 0) >= report.pages[0].ratio
    assert report.peak_megabytes > 1 and report.speedup_of_two > 0 and report.speedup_of_two_by_cpu > 0
    lines = report.lines()
    assert len(lines) == 1 + 2 + 1 + 1 and "deep.html" in lines[-2] and lines[-1].startswith("2 pages")


def test_the_command_prints_one_json_object(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pages / "large.HTM").unlink()
    screen = look_on(monkeypatch, cli_bench)
    answer = CliRunner().invoke(cli, ["bench", "context", str(pages), "--json"])
    assert answer.exit_code == 0, answer.output
    assert re.search(r"\r1/10 rounds in two processes, .* left\x1b\[K", screen.getvalue())
    told = json.loads(answer.output)
    assert set(told) == {"summary", "pages", "unreadable"} and told["summary"]["ratio_p50_large"] is None
    assert [page["page"] for page in told["pages"]] == ["small.html"]


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"no \.html or \.htm file"):
        bench_folder(tmp_path)
