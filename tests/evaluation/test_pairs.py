from dataclasses import replace

import polars as pl

from shopcart_assets.evaluation.pairs import Checkpoint, Pair, declared_pairs, trained
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import ExperimentConfig, paper, tiny


def test_the_declared_pairs_are_the_papers_claims_and_the_constant_policy() -> None:
    profile = tiny()
    pairs = declared_pairs(profile.policies, profile.experiments)
    baselines = [one.name for one in profile.policies if one.kind == "baseline" and one.name != "always_terminate"]
    assert pairs == [
        Pair("tiny-random-action_only-s0", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("tiny-random-reasoning-s0", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("tiny-random-reasoning-s0", "tiny-random-action_only-s0", "reasoning_v_action_only"),
        Pair("tiny-random-action_only-s0", "always_terminate", "fine_tuned_v_always_terminate"),
        Pair("tiny-random-reasoning-s0", "always_terminate", "fine_tuned_v_always_terminate"),
        Pair("tiny-random-prompted", "always_terminate", "prompted_v_always_terminate"),
        *(Pair(name, "always_terminate", "baseline_v_always_terminate") for name in baselines),
        Pair("tiny-random-action_only-s0", "always_buy", "fine_tuned_v_always_buy"),
        Pair("tiny-random-reasoning-s0", "always_buy", "fine_tuned_v_always_buy"),
    ]


def test_each_seed_of_the_papers_grid_meets_its_own_counterpart() -> None:
    profile = paper()
    pairs = [
        pair
        for pair in declared_pairs(profile.policies, profile.experiments)
        if pair.family == "reasoning_v_action_only"
    ]
    assert len(pairs) == 18
    assert all(pair.policy.replace("-reasoning-", "-action_only-") == pair.rival for pair in pairs)


def test_a_thinking_checkpoint_that_nobody_declared_meets_itself_and_its_base_model() -> None:
    checkpoints = pl.DataFrame(
        {
            "experiment": ["run", "tiny-random-reasoning-s0"],
            "base_model": ["tiny-random", "other"],
            "generator": ["g", "g"],
            "seed": [7, 0],
        }
    )
    profile = tiny()
    runs = trained(profile.experiments, checkpoints)
    assert runs[-1] == Checkpoint("run", "tiny-random", "g", 7) and len(runs) == len(profile.experiments) + 1
    thinking = PolicyConfig("run", "fine_tuned", "run", "think")
    at_once = replace(thinking, name="run-no_think", is_thinking=False)
    pairs = declared_pairs([thinking, at_once, *profile.policies], runs)
    assert [pair for pair in pairs if "run" in pair.policy and not pair.rival.startswith("always_")] == [
        Pair("run", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("run-no_think", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("run", "run-no_think", "think_v_no_think"),
    ]


def test_a_policy_without_counterpart_and_a_checkpoint_of_unknown_origin_are_in_no_family() -> None:
    alone = [PolicyConfig("a", "fine_tuned", "a", "reasoning"), PolicyConfig("b", "fine_tuned", "gone", "action_only")]
    run: list[ExperimentConfig | Checkpoint] = [Checkpoint("a", "base")]
    assert declared_pairs(alone, run) == []
    ceiling = PolicyConfig("bayes_optimal", "ceiling")
    constant = PolicyConfig("always_terminate", "baseline")
    assert declared_pairs([ceiling, constant], []) == [], "the ceiling is no contestant"


def test_a_checkpoint_is_in_a_family_once_and_only_with_what_was_trained_like_it() -> None:
    plain, reasoning = tiny().experiments
    lora = replace(plain, name="lora", seed=1, train=replace(plain.train, lora_rank=8))
    runs = [plain, reasoning, replace(reasoning, name="reasoning-s1", seed=1), lora]
    asked = [PolicyConfig(one.name, "fine_tuned", one.name, one.arm, one.generator, one.seed) for one in runs]
    # The seed of draws is not that of a training, and a checkpoint does not become two by another engine.
    drawn = replace(asked[0], name="drawn", seed=1, n_samples=5, temperature=0.7)
    prompted = PolicyConfig("drawn-prompted", "prompted", plain.base_model, "prompted", temperature=1.0)
    pairs = declared_pairs([*asked, drawn, replace(asked[0], name="vllm", seed=1, engine="vllm"), prompted], runs)
    assert pairs == [Pair(reasoning.name, plain.name, "reasoning_v_action_only")]
