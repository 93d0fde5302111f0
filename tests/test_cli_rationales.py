"""`shopcart rationales`: from a lake to a sheet, and from a reader's choices to a preference."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopcart_assets import automation
from shopcart_assets.cli import cli
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.reasoning.human import spoken
from tests.reasoning.journey import DAY, actions, contexts, events


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake in which two generators have said something of one day."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOPCART_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("SHOPCART_LAKE", raising=False)
    warehouse = load_settings().warehouse()
    warehouse.write("context.actions", actions(), day=DAY)
    warehouse.write("context.contexts", contexts(), day=DAY)
    for generator, words in {"human": "i want it", "model": "=HYPERLINK(1) I want it"}.items():
        told = spoken(actions(), events(a1=words, a2=words, b2=words)).rationales
        warehouse.write("reasoning.rationales", told, day=DAY, generator=generator)
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["rationales", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_generators_are_compared(lake: Path) -> None:
    assert "model: 3 rationales, 5 words" in run("compare") and "overlap with people 0.75" in run("compare")
    human, model = map(json.loads, run("compare", "--json").splitlines())
    assert (human["n_rationales"], human["overlap_f1"], model["n_compared"]) == (3, None, 3)


def test_a_sheet_is_written_judged_and_scored(lake: Path) -> None:
    assert "3 steps for the reader, who must not see sheet.key.csv" in run("sheet", "--a", "human", "--b", "model")
    with (lake / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {row[side] for row in rows for side in ("left", "right")}
    assert texts == {"i want it", "'=HYPERLINK(1) I want it"}
    with (lake / "sheet.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"choice": "left" if row["left"] == "i want it" else "right"} for row in rows)
    assert "100% prefer human" in run("score", "sheet.csv", "sheet.key.csv")
    assert json.loads(run("score", "--json", "sheet.csv", "sheet.key.csv"))["p_by_user"] == 1.0, (
        "one user tells nothing"
    )


def test_rationales_are_written_for_the_days_and_generators_asked_for(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_settings().warehouse().write("context.actions", actions(), day="2026-09-30")
    ran: list[str] = []
    monkeypatch.setattr(automation, "run", lambda step, instance: ran.append(f"{step.job} {step.partition}"))
    shown = run("write", "smollm2-135m", "human", "--first", "2026-09-02")
    assert ran == ["synthesize 2026-09-30|smollm2-135m", "synthesize 2026-09-30|human"]
    assert "[2/2] rationales for 2026-09-30 by human" in shown
    run("write", "human", "--last", DAY)
    assert ran[2:] == [f"synthesize {DAY}|human"]
    none = CliRunner().invoke(cli, ["rationales", "write", "human", "--first", "2027-01-01"])
    assert none.exit_code == 2 and "no such day is in the lake" in none.output
    unknown = CliRunner().invoke(cli, ["rationales", "write", "nobody"])
    assert "no generator 'nobody' in this profile" in str(unknown.exception)
