"""The bench: its contenders train the same thing, its sessions are as long as asked for, its shares are the issue's."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml_jobs import lengths
from ml_jobs.bench import __main__ as program
from ml_jobs.bench import compare, contender, data, generation, spread
from ml_jobs.bench.contender import Job, Measured
from ml_jobs.program import ConfigError
from ml_jobs.sessions import SessionFile, measure
from shopcart_assets.platform.profiles import TrainConfig


def job(base: Path, tokenizer: Any, tmp_path: Path, **changes: Any) -> Job:
    path = data.write_sessions(tmp_path / "sessions.jsonl", tokenizer, [900, 700, 1200, 800], seed=1)
    train = TrainConfig(
        learning_rate=1e-3, sessions_per_step=2, max_steps=2, max_tokens=1200, precision="fp32", warmup_share=0.0
    )
    return Job("ours", base, path, tmp_path / "scratch", replace(train, **changes))


def run(one: Job, scratch: str) -> Measured:
    one = replace(one, scratch=one.scratch / scratch)
    one.scratch.mkdir(parents=True)
    path = one.scratch / "job.json"
    path.write_text(json.dumps(compare.plain(one)))
    assert contender.main([str(path)]) == 0
    return Measured(**json.loads((one.scratch / "measured.json").read_text()))


def test_padding_and_packing_train_the_same(base: Callable[[str], Path], tokenizer: Any, tmp_path: Path) -> None:
    one = job(base("llama"), tokenizer, tmp_path)
    packed, padded = run(one, "packed"), run(replace(one, kind="padded"), "padded")
    assert padded.losses == pytest.approx(packed.losses, abs=1e-5)
    assert packed.n_sessions == [2, 2]
    assert len(packed.cpu_seconds) == 2 and packed.peak_rss_bytes > 1e8


@pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="TRL is a peer, not a dependency")
def test_trl_has_the_same_losses(base: Callable[[str], Path], tokenizer: Any, tmp_path: Path) -> None:
    one = job(base("llama"), tokenizer, tmp_path)
    assert run(replace(one, kind="trl"), "trl").losses == pytest.approx(run(one, "ours").losses, abs=1e-3)


@pytest.mark.slow
def test_a_contender_that_fails_is_said_so(base: Callable[[str], Path], tokenizer: Any, tmp_path: Path) -> None:
    one = job(base("llama"), tokenizer, tmp_path)
    with pytest.raises(ConfigError, match="contender 'ours' failed: .*no such file"):
        compare.measure(replace(one, sessions=tmp_path / "none.jsonl"))


def test_made_up_sessions_are_nearly_as_long_as_asked_for(tokenizer: Any, tmp_path: Path) -> None:
    wanted = [700, 2000, 5000]
    file = SessionFile(data.write_sessions(tmp_path / "s.jsonl", tokenizer, wanted, seed=3), tokenizer, 5000)
    sizes = measure(file, range(3))
    for size, length in zip(sizes, wanted, strict=True):
        assert size is not None and 0.9 * length <= size.n_tokens <= length
        assert 0 < size.n_trained < 0.3 * size.n_tokens


def test_the_spread_is_the_papers() -> None:
    drawn = lengths.draw(20_000, lengths.PAGE_TOKENS, lengths.MAX_TOKENS, seed=5)
    assert sum(one.n_steps for one in drawn) / len(drawn) == pytest.approx(lengths.MEAN_STEPS, abs=0.1)
    assert max(one.n_tokens for one in drawn) <= 40_000
    packed = data.packing_lengths(12, 4096)
    assert sum(packed) / 12 / 4096 == pytest.approx(0.57, abs=0.03)


def test_a_step_is_shared_out_as_evenly_as_asked_for() -> None:
    found = spread.report((8, 32), (56_000,), seed=0, n_steps=30)
    eight, many = found["shares"]
    assert eight["balanced_efficiency"] >= 0.98 and eight["lockstep_efficiency"] >= 0.97
    assert many["balanced_efficiency"] >= 0.9 and many["lockstep_efficiency"] >= 0.88
    assert eight["hours_of_padded"] <= 0.55 and eight["lockstep_hours_of_padded"] <= 0.55


def test_rates_leave_the_first_step_out_where_there_are_more() -> None:
    runs = [Measured([10, 30], [1, 1], [], [9.0, 3.0]), Measured([10, 30], [1, 1], [], [1.0, 1.0])]
    assert compare.per_cpu_second(runs, lambda one: one.n_tokens) == 20
    assert compare.per_cpu_second([Measured([10], [1], [], [5.0])], lambda one: one.n_tokens) == 2


def test_without_trl_the_report_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert program.main(["--cache", str(tmp_path), "--only", "balance", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {share["n_ranks"] for share in report["balance"]["shares"]} == {8, 16, 32, 64}
    report["versions"]["trl"] = None
    report["speed"] = [{"ours_tokens_per_cpu_second": 1.5, "ours_peak_rss_bytes": 2_000_000_000}]
    told = "\n".join(program.lines(report))
    assert "TRL is not installed here" in told and "ours_peak_rss 2.0 GB" in told


def test_generation_is_compared_on_the_same_cases(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [
        "--steps",
        "3",
        "--page-tokens",
        "300",
        "--sessions",
        "2",
        "--rationale-tokens",
        "6",
        "--action-tokens",
        "6",
    ]
    assert generation.main(["--cache", str(tmp_path), "--model", str(base("qwen2")), "--json", *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["cases"] == report["distinct_answers"] == 4
    assert report["share_equal"] == report["one_cache_share_equal"] == 1.0
    assert report["prefilled_of_session"] == 1.0 and report["naive_prefilled_of_session"] > 3
    assert report["speed_ratio"] > 0


def test_an_unknown_model_to_generate_with_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generation.main(["--cache", str(tmp_path), "--model", "nowhere"]) == 1
    assert "error: no base model 'nowhere'" in capsys.readouterr().err


def test_an_estimate_is_set_against_what_a_run_took(
    base: Callable[[str], Path], tokenizer: Any, tmp_path: Path
) -> None:
    first = job(base("llama"), tokenizer, tmp_path)
    second = replace(first, scratch=tmp_path / "recomputed", train=replace(first.train, activation_checkpointing=True))
    rows = compare.estimates([replace(first, train=replace(first.train, activation_checkpointing=False)), second])
    assert [row["activation_checkpointing"] for row in rows] == [False, True]
    assert rows[0]["time_ratio"] == pytest.approx(1.0), "the first run gives the processor's speed"
    assert rows[1]["estimated_cpu_seconds"] > rows[0]["estimated_cpu_seconds"], "layers are computed twice"
    assert all(row["measured_bytes"] > 0 and row["memory_ratio"] > 0 for row in rows)
