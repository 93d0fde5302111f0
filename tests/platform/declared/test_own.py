"""What a user writes beside shopcart.yaml is added to the profile; what does not fit is one line and changes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from shopcart_assets.platform.policy import PolicyConfig, ServerConfig, WatchConfig
from shopcart_assets.platform.profiles import Profile, demo
from shopcart_assets.platform.settings import SettingsError, load_settings

EXPERIMENTS = """
experiments:
  - {base_model: smollm2-135m, arms: [action_only, think], generator: human, seeds: [0, 1]}
"""
POLICIES = """
policies:
  - {name: haiku, model: claude-haiku-5-5, budget_usd: 2, route: batch, generator: smollm2-135m, temperature: 1}
  - name: qwen
    kind: openai
    model: Qwen/Qwen3-8B
    base_url: http://127.0.0.1:8000/v1
    server: vllm
    max_output_tokens: 90
  - {name: bare, kind: local, model: HuggingFaceTB/SmolLM2-360M-Instruct}
  - {name: five, kind: checkpoint, experiment: smollm2-135m-reasoning-s0, n_samples: 5, temperature: 0.7, seed: 3}
  - {name: brief, kind: checkpoint, experiment: smollm2-135m-think-s1, is_thinking: false, temperature: 1}
watch:
  - {pattern: claude-*, budget_usd: 5}
  - {pattern: "*", kind: openai, base_url: http://127.0.0.1:8000/v1}
"""


def _profile(folder: Path, experiments: str = "", policies: str = "", shopcart: str = "") -> Profile:
    (folder / "shopcart.yaml").write_text(shopcart)
    (folder / "experiments.yaml").write_text(experiments)
    (folder / "policies.yaml").write_text(policies)
    return load_settings({"SHOPCART_PROFILE": "demo"}, folder).profile


def test_experiments_are_added_with_the_profiles_settings_and_their_policies(tmp_path: Path) -> None:
    profile, shipped = _profile(tmp_path, EXPERIMENTS), demo()
    assert profile.experiments[: len(shipped.experiments)] == shipped.experiments
    assert [one.name for one in profile.experiments[len(shipped.experiments) :]] == [
        "smollm2-135m-action_only-s1",
        "smollm2-135m-think-s0",
        "smollm2-135m-think-s1",
    ]
    assert {one.train for one in profile.experiments} == {shipped.experiments[0].train}
    assert [one.name for one in profile.policies[len(shipped.policies) :]] == [
        "smollm2-135m-action_only-s1",
        "smollm2-135m-think-s0",
        "smollm2-135m-think-s0-no_think",
        "smollm2-135m-think-s1",
        "smollm2-135m-think-s1-no_think",
    ]


def test_policies_of_every_kind(tmp_path: Path) -> None:
    profile = _profile(tmp_path, EXPERIMENTS, POLICIES)
    assert profile.policies[-5:] == (
        PolicyConfig(
            "haiku",
            "prompted",
            "claude-haiku-5-5",
            "prompted",
            "smollm2-135m",
            server=ServerConfig(budget_usd=2, route="batch"),
            temperature=1,
        ),
        PolicyConfig(
            "qwen",
            "prompted",
            "Qwen/Qwen3-8B",
            "prompted",
            server=ServerConfig("openai", "http://127.0.0.1:8000/v1", "vllm", max_output_tokens=90),
        ),
        PolicyConfig("bare", "prompted", "HuggingFaceTB/SmolLM2-360M-Instruct", "prompted"),
        PolicyConfig(
            "five",
            "fine_tuned",
            "smollm2-135m-reasoning-s0",
            "reasoning",
            "smollm2-135m",
            3,
            n_samples=5,
            temperature=0.7,
        ),
        PolicyConfig(
            "brief", "fine_tuned", "smollm2-135m-think-s1", "think", "human", 1, is_thinking=False, temperature=1
        ),
    )
    assert profile.watches == (
        WatchConfig("claude-*", ServerConfig(budget_usd=5)),
        WatchConfig("*", ServerConfig("openai", "http://127.0.0.1:8000/v1")),
    )


def test_nothing_beside_shopcart_yaml_is_the_profile_itself(tmp_path: Path) -> None:
    assert load_settings({"SHOPCART_PROFILE": "demo"}, tmp_path).profile == demo()
    assert _profile(tmp_path, "# later\n", "watch: []\n") == demo()


def test_a_generator_of_shopcart_yaml_can_be_learned_from(tmp_path: Path) -> None:
    entry = "experiments: [{base_model: smollm2-135m, arms: reasoning, generator: mine, name: 'from-{generator}'}]"
    profile = _profile(tmp_path, entry, shopcart="generators: [{name: mine, model: m, base_url: http://127.0.0.1:1}]")
    assert profile.experiment("from-mine").generator == "mine"
    assert profile.policy("from-mine") == replace(
        profile.policy("smollm2-135m-reasoning-s0"), name="from-mine", model="from-mine", generator="mine"
    )


@pytest.mark.parametrize(
    ("experiments", "said"),
    [
        (
            "experiments: [{base_model: smollm2-135m, arms: action_only, train: {max_steps: 11}}]",
            "experiment smollm2-135m-action_only-s0 is declared twice and not alike (train.max_steps: 10 and 11): "
            "results lie under the name, so give one of them another",
        ),
        (
            "experiments: [{base_model: m, arms: action_only, name: always_buy}]",
            "policy always_buy is declared twice and not alike (kind: baseline and fine_tuned)",
        ),
        (
            "experiments: [{base_model: m, arms: reasoning, generator: smollm-135m}]",
            "experiment m-reasoning-s0: profile demo has no generator 'smollm-135m': did you mean smollm2-135m? "
            "(shopcart.yaml declares others)",
        ),
    ],
)
def test_experiments_that_do_not_fit_the_profile(tmp_path: Path, experiments: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _profile(tmp_path, experiments)
    assert str(raised.value).startswith(f"{tmp_path / 'experiments.yaml'}: {said}") and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ("{name: a, kind: remote, model: m}", "policies.0 kind is one of messages, openai, local, checkpoint"),
        ("{name: a, modle: m}", "policies.0.messages there is no key 'modle': did you mean model?"),
        ("{name: a}", "policies.0.messages.model Field required"),
        ("{name: human, model: m}", "policies.0.messages no policy is called human"),
        ("haiku", "policies.0 kind is one of"),
        ("{name: a/b, model: m}", "policies.0.messages 'a/b' cannot be a partition key"),
        ("{name: a, model: m, budget_usd: -1}", "policies.0.messages.budget_usd Input should be greater than"),
        ("{name: a, kind: local, model: m, budget_usd: 1}", "policies.0.local there is no key 'budget_usd'"),
        ("{name: a, kind: local, model: m, n_samples: 3}", "policies.0.local policy a: n_samples is at least 1, and"),
        (
            "{name: a, kind: local, model: m, generator: x}",
            "policy a: profile demo has no generator 'x'; there are smollm2-135m, human",
        ),
        (
            "{name: a, kind: checkpoint, experiment: smollm2-135m-reasoning}",
            "policy a: no experiment 'smollm2-135m-reasoning': did you mean smollm2-135m-reasoning-s0",
        ),
        (
            "{name: a, kind: checkpoint, experiment: smollm2-135m-reasoning-s0, is_thinking: false}",
            "policy a: is_thinking is for the arm think; smollm2-135m-reasoning-s0 is reasoning",
        ),
        ("{name: majority, model: m}", "policy majority is declared twice and not alike (kind: baseline and prompted)"),
        ("{name: a, model: m}, {name: a, model: n}", "policy a is declared twice and not alike (model: m and n)"),
    ],
)
def test_policies_that_cannot_be_asked(tmp_path: Path, policies: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _profile(tmp_path, policies=f"policies: [{policies}]")
    assert str(raised.value).startswith(f"{tmp_path / 'policies.yaml'}: {said}") and "\n" not in str(raised.value)
