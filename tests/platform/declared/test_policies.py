"""Policies that are written down, and those that follow from the experiments."""

from shopcart_assets.evaluation.policies import REGISTRY
from shopcart_assets.platform.declared.policies import BASELINES, of_experiments
from shopcart_assets.platform.experiment import ExperimentConfig, TrainConfig
from shopcart_assets.platform.policy import PolicyConfig


def test_every_built_in_policy_is_listed_once_and_can_be_fitted() -> None:
    assert sorted(one.name for one in BASELINES) == sorted(REGISTRY)
    assert {one.kind for one in BASELINES} == {"baseline"}


def test_experiments_bring_their_prompted_base_model_and_their_checkpoints() -> None:
    runs = [
        ExperimentConfig("m-action_only-s1", "org/m", "action_only", None, 1, TrainConfig()),
        ExperimentConfig("m-think-s2", "org/m", "think", "human", 2, TrainConfig()),
    ]
    assert of_experiments(runs) == (
        PolicyConfig("m-prompted", "prompted", "org/m", "prompted"),
        PolicyConfig("m-action_only-s1", "fine_tuned", "m-action_only-s1", "action_only", None, 1),
        PolicyConfig("m-think-s2", "fine_tuned", "m-think-s2", "think", "human", 2),
        PolicyConfig("m-think-s2-no_think", "fine_tuned", "m-think-s2", "think", "human", 2, is_thinking=False),
    )
