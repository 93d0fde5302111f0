"""What a local model is asked, with what room, and how its answers come back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, THINK_CLOSE, THINK_OPEN, prompt
from shopcart_assets.evaluation import EvaluationError, local
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.profiles import PolicyConfig, demo, tiny
from shopcart_assets.platform.warehouse import MissingPartition, Warehouse
from tests.evaluation.invented import GENERATOR, filled

LEAVE = '{"type": "terminate"}'
PROMPTED = PolicyConfig("tiny-random-prompted", "prompted", "tiny-random", "prompted")
ACTION_ONLY = PolicyConfig("run-a", "fine_tuned", "tiny-random-action_only-s0", "action_only", seed=3)
THINK = PolicyConfig("run-t", "fine_tuned", "tiny-random-think-s0", "think", GENERATOR)
REASONING = PolicyConfig("run-r", "fine_tuned", "tiny-random-reasoning-s0", "reasoning", GENERATOR)


def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Replaces the program by one that leaves at once, in two shards; returns the configurations that it was given."""
    configs: list[Mapping[str, Any]] = []

    def run_job(
        module: str, config: Mapping[str, Any], *, work: Path, n_processes: int, log: Callable[[str], None]
    ) -> None:
        assert module == "ml_jobs.generate"
        assert n_processes == (1 if config["engine"] == "vllm" else tiny().n_processes)
        configs.append(config)
        sessions = [json.loads(line) for line in Path(config["sessions"]).read_text().split("\n") if line]
        Path(config["output"]).mkdir(exist_ok=True)
        for shard in (0, 1):
            rows = [
                {
                    "session_id": one["session_id"],
                    "step": step["step"],
                    "sample": sample,
                    "output": LEAVE,
                    "rationale": "I go.",
                    "stop_reason": "end_turn",
                }
                for one in sessions[shard::2]
                for step in one["steps"]
                if step["is_case"]
                for sample in range(config["n_samples"])
            ]
            (Path(config["output"]) / f"part-x-{shard}-of-2.jsonl").write_text(
                "".join(json.dumps(row) + "\n" for row in rows)
            )

    monkeypatch.setattr(local, "open_jobs", lambda *engine: run_job)
    return configs


@pytest.fixture
def trained(lake: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The invented lake, with the one checkpoint that a policy asks for."""
    read = lake.read

    def with_checkpoint(table: str, **partition: str) -> pl.DataFrame:
        if table == "training.checkpoints":
            return filled(table, pl.DataFrame({"path": [f"/models/{partition['experiment']}"]}))
        return read(table, **partition)

    monkeypatch.setattr(lake, "read", with_checkpoint)
    return lake


@pytest.mark.parametrize(
    ("policy", "model", "n_turns", "system"),
    [
        (PROMPTED, "tiny-random", 2, "baseline"),
        (ACTION_ONLY, "/models/tiny-random-action_only-s0", 2, "action_only"),
        (REASONING, "/models/tiny-random-reasoning-s0", 4, "reasoning"),
        (THINK, "/models/tiny-random-think-s0", 2, "think"),
    ],
)
def test_each_policy_is_asked_every_case_in_its_own_form(
    trained: Warehouse,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    policy: PolicyConfig,
    model: str,
    n_turns: int,
    system: str,
) -> None:
    configs = jobs(monkeypatch)
    answers = predict(trained, platform.settings, policy, print)
    [config] = configs
    cases = trained.read("dataset.cases").sort("session_id", "step")
    assert answers.select("session_id", "step").equals(cases.select("session_id", "step"))
    assert answers["seed"].unique().to_list() == [policy.seed]
    assert config["model"] == model and config["precision"] == "fp32"
    first = json.loads(Path(config["sessions"]).read_text().split("\n")[0])
    assert first["system"] == prompt(system)
    assert {len(step["turns"]) for step in first["steps"]} == {n_turns}


def test_a_thinking_checkpoint_reads_thoughts_and_is_asked_for_one_or_for_none(
    trained: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = jobs(monkeypatch)
    predict(trained, platform.settings, THINK, print)
    at_once = replace(THINK, name="run-n", is_thinking=False)
    predict(trained, platform.settings, at_once, print)
    thinking, acting = configs
    assert (thinking["opening"], thinking["closing"]) == (THINK_OPEN, THINK_CLOSE)
    assert acting["opening"] == EMPTY_THOUGHT and "closing" not in acting
    for config, begin in ((thinking, f"{THINK_OPEN}I want a mug.{THINK_CLOSE}{{"), (acting, EMPTY_THOUGHT + "{")):
        sessions = [json.loads(line) for line in Path(config["sessions"]).read_text().split("\n") if line]
        replies = [step["turns"][-1]["content"] for one in sessions for step in one["steps"]]
        assert replies and all(reply.startswith(begin) for reply in replies)


def test_samples_and_the_engine_are_handed_on(
    trained: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = jobs(monkeypatch)
    drawing = replace(REASONING, name="run-s", n_samples=3, temperature=0.8, seed=5, engine="vllm")
    answers = predict(trained, platform.settings, drawing, print)
    cases = trained.read("dataset.cases")
    assert answers.height == 3 * cases.height and answers["sample"].unique().sort().to_list() == [0, 1, 2]
    asked = {name: configs[0][name] for name in ("n_samples", "temperature", "seed", "engine")}
    assert asked == {"n_samples": 3, "temperature": 0.8, "seed": 5, "engine": "vllm"}


@pytest.mark.parametrize(("engine", "n_processes", "of_vllm"), [("ray", 16, 16), ("local", 16, 1)])
def test_the_engine_of_the_settings_runs_the_program(
    lake: Warehouse,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    n_processes: int,
    of_vllm: int,
) -> None:
    """A vLLM has a GPU to itself: on one machine there is one of them, on Ray as many as other processes."""

    def opened(*where: str) -> Callable[..., None]:
        def run_job(*_: Any, n_processes: int, **__: Any) -> None:
            raise LookupError(f"{where}: {n_processes}")

        return run_job

    monkeypatch.setattr(local, "open_jobs", opened)
    profile = replace(platform.settings.profile, n_processes=n_processes)
    settings = platform.settings.model_copy(update={"engine": engine, "ray_address": "head:6379", "profile": profile})
    for policy, wanted in ((PROMPTED, n_processes), (replace(PROMPTED, engine="vllm"), of_vllm)):
        with pytest.raises(LookupError, match=rf"^\('{engine}', 'head:6379'\): {wanted}$"):
            predict(lake, settings, policy, print)


def test_there_is_room_for_the_longest_name_and_for_the_generators_rationales() -> None:
    names = pl.DataFrame({"name": ["a", "search_results." + "very_long_product_" * 12 + "view_product"]})
    room = local.room(tiny(), REASONING, names)
    assert room["max_rationale_tokens"] == tiny().generator(GENERATOR).max_output_tokens
    assert room["max_action_tokens"] > 100
    assert room["max_tokens"] == 40_000  # the paper's, although the run of this profile has only 2,048
    both = local.room(tiny(), PROMPTED, names)
    assert both["max_rationale_tokens"] == 0 and both["max_action_tokens"] > room["max_action_tokens"]


def test_a_prompted_model_computes_as_its_fine_tuned_self_does() -> None:
    profile = demo()
    wanted = profile.experiments[0].train.precision
    assert {local.precision(profile, one) for one in profile.policies if one.kind in ("prompted", "fine_tuned")} == {
        wanted
    }
    assert local.precision(profile, PolicyConfig("x", "prompted", "elsewhere")) == "fp32"


def test_what_is_missing_is_said(lake: Warehouse, platform: Platform) -> None:
    other = PolicyConfig("run-r", "fine_tuned", "tiny-random-reasoning-s0", "reasoning", "elsewhere")
    with pytest.raises(EvaluationError, match="test sessions have no conversation with rationales of 'elsewhere'"):
        predict(lake, platform.settings, other, print)
    with pytest.raises(
        MissingPartition, match=r"training\.checkpoints has no partition experiment=.*materialize it first"
    ):
        predict(lake, platform.settings, ACTION_ONLY, print)
    with pytest.raises(EvaluationError, match="no baseline 'best'; known: always_terminate"):
        predict(lake, platform.settings, PolicyConfig("best", "baseline"), print)


def test_the_program_takes_what_it_is_given(
    lake: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ml_jobs.generate import GenerateConfig
    from ml_jobs.program import read_config

    configs = jobs(monkeypatch)
    predict(lake, platform.settings, PROMPTED, print)
    path = tmp_path / "config-0.json"
    path.write_text(json.dumps({**configs[0], "shard": 0, "n_shards": 2}))
    config = read_config(GenerateConfig, path)
    assert config.model == "tiny-random" and config.sessions.exists()
    assert config.max_action_tokens == configs[0]["max_action_tokens"] > 0
