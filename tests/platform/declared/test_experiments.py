"""An entry stands for a small grid; names of shipped experiments stay, because checkpoints lie under them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.declared.experiments import ExperimentEntry, read_experiments, shipped_experiments
from shopcart_assets.platform.declared.yaml_file import SettingsError
from shopcart_assets.platform.experiment import TrainConfig

BASES = (
    "Qwen2.5-7B-Instruct",
    "Qwen2.5-3B-Instruct",
    "Qwen2.5-1.5B-Instruct",
    "Mistral-7B-Instruct-v0.3",
    "Llama-3.2-3B-Instruct",
    "Llama-3.2-1B-Instruct",
)


def test_the_papers_grid_is_whole_and_its_names_stay() -> None:
    grid = shipped_experiments("paper")
    assert [one.name for one in grid] == [
        f"{base}-{arm}-s{seed}"
        for arms in (("action_only", "reasoning"), ("think",))
        for base in BASES
        for arm in arms
        for seed in range(3)
    ]
    assert {one.train for one in grid} == {TrainConfig(world_size=64, tokens_per_row=56_000)}
    assert {(one.arm == "action_only", one.generator) for one in grid} == {(True, None), (False, "claude-sonnet-5-5")}
    assert grid[3].base_model == "Qwen/Qwen2.5-7B-Instruct"


@pytest.mark.parametrize(
    ("profile", "base", "generator"),
    [
        ("tiny", "tiny-random", "tiny-random"),
        ("demo", "smollm2-135m", "smollm2-135m"),
        ("study", "smollm2-135m", "human"),
    ],
)
def test_small_profiles_have_both_arms(profile: str, base: str, generator: str) -> None:
    assert {(one.name, one.base_model, one.arm, one.generator) for one in shipped_experiments(profile)} >= {
        (f"{base}-action_only-s0", base, "action_only", None),
        (f"{base}-reasoning-s0", base, "reasoning", generator),
    }


def test_settings_of_an_entry_over_the_files_over_those_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(
        """
train: {learning_rate: 1e-4, max_steps: 20}
experiments:
  - {base_model: org/small, arms: action_only, seeds: [1, 2]}
  - base_model: org/small
    arms: [reasoning, think]
    generator: human
    name: "{base_model}-{arm}-lora8-{generator}-s{seed}"
    train: {lora_rank: 8, max_steps: null}
"""
    )
    found = read_experiments(path, TrainConfig(world_size=2, max_steps=5))
    assert [one.name for one in found] == [
        "small-action_only-s1",
        "small-action_only-s2",
        "small-reasoning-lora8-human-s0",
        "small-think-lora8-human-s0",
    ]
    assert found[0].train == TrainConfig(learning_rate=1e-4, max_steps=20, world_size=2)
    assert found[2].train == TrainConfig(learning_rate=1e-4, max_steps=None, world_size=2, lora_rank=8)
    assert read_experiments(tmp_path / "none.yaml", TrainConfig()) == ()


@given(
    st.lists(st.sampled_from(["a", "b/c", "d/e"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["action_only", "reasoning", "think"]), min_size=1, unique=True),
    st.lists(st.integers(0, 99), min_size=1, unique=True),
)
def test_an_entry_is_every_combination_once(bases: list[str], arms: list[str], seeds: list[int]) -> None:
    generator = "human" if set(arms) - {"action_only"} else None
    entry = ExperimentEntry.model_validate({"base_model": bases, "arms": arms, "seeds": seeds, "generator": generator})
    found = list(entry.expand(TrainConfig()))
    assert len({one.name for one in found}) == len(found) == len(bases) * len(arms) * len(seeds)
    assert {(one.base_model, str(one.arm), one.seed) for one in found} == {
        (base, arm, seed) for base in bases for arm in arms for seed in seeds
    }


ENTRY = "experiments:\n- {base_model: a, arms: action_only"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train: {learning_rte: 1}", r"train there is no key 'learning_rte': did you mean learning_rate\?"),
        ("train: {learning_rate: 0}", "train.learning_rate Input should be greater than 0"),
        ("train: {world_size: 1.5}", "train.world_size Input should be a valid integer"),
        (f"{ENTRY}, train: {{clip_norm: .inf}}}}", "experiments.0.train.clip_norm Input should be a finite number"),
        (f"{ENTRY}, seed: 1}}", "experiments.0 there is no key 'seed': did you mean seeds"),
        (f"{ENTRY}, seeds: 1-3}}", "experiments.0.seeds.0 Input should be a valid integer"),
        (f"{ENTRY}, generator: human}}", "learns from no rationales: leave generator out"),
        (f"{ENTRY}, name: 'a b'}}", "'a b' cannot be a partition key: use letters"),
        (f"{ENTRY}, seeds: [0, 1], name: one}}", r"one is declared twice and not alike \(seed: 0 and 1\)"),
        (f"{ENTRY}}}\n- {{base_model: a, arms: action_only, train: {{max_steps: 3}}}}", "train.max_steps: None and 3"),
        ("experiments: [{base_model: a, arms: think}]", "arm think learns from rationales: say whose"),
        ("experiments: [{base_model: a, arms: thnk}]", "Input should be 'action_only', 'reasoning' or 'think'"),
        ("experiments: [{arms: action_only}]", "experiments.0.base_model Field required"),
        ("experiments: {base_model: a}", "experiments Input should be a list, a line with `- ` for each"),
        ("experiments: []\nexperiments: []", r"experiments stands here twice \(line 2\)"),
        ("- a", "experiments.yaml: write `key: value` lines; the keys are train, experiments"),
        ("experiments: [", "not YAML: .* \\(line 1\\)"),
        ("train: 2020-13-45", "cannot be read as YAML: month must be in 1..12"),
    ],
)
def test_a_bad_file_is_one_line_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as raised:
        read_experiments(path, TrainConfig())
    assert str(raised.value).startswith(f"{path}: ") and "\n" not in str(raised.value)


def test_a_file_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "experiments.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_experiments(tmp_path / "experiments.yaml", TrainConfig())
    with pytest.raises(SettingsError, match="cannot be read"):
        read_experiments(tmp_path, TrainConfig())
