"""The estimate's arithmetic against numbers that are known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, LlamaConfig

from ml_jobs import estimate, train
from ml_jobs.lengths import PAGE_TOKENS, draw
from ml_jobs.program import ConfigError
from ml_jobs.shape import SHAPES, Shape
from shopcart_assets.platform.profiles import paper, tiny
from tests.ml_jobs.conftest import session, write_sessions


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", 7.616),
        ("Qwen/Qwen2.5-3B-Instruct", 3.086),
        ("Qwen/Qwen2.5-1.5B-Instruct", 1.544),
        ("mistralai/Mistral-7B-Instruct-v0.3", 7.248),
        ("meta-llama/Llama-3.2-3B-Instruct", 3.213),
        ("meta-llama/Llama-3.2-1B-Instruct", 1.236),
        ("smollm2-135m", 0.1345),
    ],
)
def test_parameters_are_those_of_the_published_models(name: str, billions: float) -> None:
    assert SHAPES[name].parameters / 1e9 == pytest.approx(billions, abs=5e-4)


def test_parameters_are_those_of_a_model_that_is_built() -> None:
    shape = Shape(100, 32, 3, 4, 2, 8, 64, is_tied=False)
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        tie_word_embeddings=False,
    )
    built = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    assert shape.parameters == built.num_parameters()


def test_selected_logits_and_checkpointing_save_what_the_paper_spends() -> None:
    shape, run = SHAPES["Qwen/Qwen2.5-7B-Instruct"], replace(paper().experiments[0].train, tokens_per_row=None)
    need = estimate.memory(shape, run)
    assert 60e9 < need.logits_of_all < 75e9
    assert need.total < 40e9
    assert estimate.memory(shape, replace(run, activation_checkpointing=False)).total > 130e9
    assert estimate.memory(shape, replace(run, world_size=8, tokens_per_row=56_000)).total < 40e9
    assert estimate.memory(shape, replace(run, world_size=8)).states == pytest.approx(8 * need.states)


def test_rows_are_those_that_the_trainer_makes_shorter_than_a_session_too() -> None:
    shape, sessions = SHAPES["smollm2-135m"], estimate.Sessions([300, 150, 150], is_assumed=True)
    run = replace(tiny().experiments[0].train, world_size=2, sessions_per_step=3, max_steps=None, max_tokens=1_000)
    shared = estimate.work(shape, run, sessions)
    alone = estimate.work(shape, replace(run, tokens_per_row=200), sessions)
    # Three rows on two ranks, one after the other, instead of one row each.
    assert alone.total == shared.total and alone.waited_for > 1.4 * shared.waited_for


def test_adapters_need_states_of_their_own_only_and_copies_need_them_whole() -> None:
    shape, run = SHAPES["Qwen/Qwen2.5-7B-Instruct"], paper().experiments[0].train
    whole, adapted = (estimate.memory(shape, one) for one in (run, replace(run, lora_rank=16)))
    frozen = 4 * shape.parameters
    assert adapted.states == pytest.approx((frozen + 16 * shape.adapter_parameters(16)) / 64)
    assert adapted.states < 0.27 * whole.states
    assert estimate.memory(shape, replace(run, shard_size=8)).states == pytest.approx(8 * whole.states)
    assert shape.adapter_parameters(16) == pytest.approx(40.4e6, rel=0.01)
    sessions = estimate.Sessions([4000] * 64, is_assumed=True)
    assert (
        0.6
        < estimate.work(shape, replace(run, lora_rank=16), sessions).total / estimate.work(shape, run, sessions).total
        < 0.8
    )
    told = estimate.describe(replace(paper().experiments[0], train=replace(run, lora_rank=16, shard_size=8)), sessions)
    assert "Adam of adapters of rank 16 (float32, sharded over 8)" in told


def test_every_experiment_of_the_profiles_has_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    assert estimate.main(["--profile", "paper"]) == 0
    said = capsys.readouterr().err
    assert all(f"{one.base_model.rsplit('/', 1)[-1]}" in said for one in paper().experiments)
    assert "assumed: 40%" in said


def test_a_dry_run_describes_the_run_and_trains_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(1), session(2)])
    run = {
        "experiment": json.loads(json.dumps(tiny().experiments[0], default=lambda one: vars(one))),
        "sessions": str(path),
        "output_dir": str(tmp_path / "output"),
        "cache": str(tmp_path / "cache"),
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert train.main(["--config", str(tmp_path / "run.json"), "--dry-run"]) == 0
    assert "a rank needs" in capsys.readouterr().err
    assert not (tmp_path / "output").exists()


def test_an_unknown_model_is_said_so() -> None:
    with pytest.raises(ConfigError, match="no shape known of 'gpt-9'"):
        estimate.describe(replace(tiny().experiments[0], base_model="gpt-9"), estimate.Sessions([1], True))


def test_hours_count_what_ranks_wait_for() -> None:
    shape, run = SHAPES["Qwen/Qwen2.5-7B-Instruct"], paper().experiments[0].train
    sessions = estimate.Sessions([one.n_tokens for one in draw(1_280, PAGE_TOKENS, 40_000, seed=1)], True)
    many, node = (estimate.work(shape, replace(run, world_size=n), sessions) for n in (64, 8))
    assert many.total == pytest.approx(node.total)
    assert node.total / 8 / node.waited_for > 0.97
    assert 0.45 < many.total / 64 / many.waited_for < 0.6
