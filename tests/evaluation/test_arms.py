"""Arms over seeds: a mean, a spread, a difference over the seeds that both have, and no claim below three."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats as sp

from shopcart_assets.evaluation.answers import of_verdicts
from shopcart_assets.evaluation.arms import Arm, arms, declared_arms
from shopcart_assets.evaluation.pairs import Checkpoint
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import paper, tiny
from tests.evaluation.invented import verdicts

NAMES = ("prompted", "plain-0", "plain-1", "plain-2", "reason-0", "reason-1", "reason-2", "reason-7")
VERDICTS = verdicts(NAMES, n_sessions=80, n_users=15)
ANSWERS = of_verdicts(VERDICTS)
PLAIN = Arm("base", "action_only", {0: "plain-0", 1: "plain-1", 2: "plain-2"})
REASONING = Arm("base", "reasoning", {0: "reason-0", 1: "reason-1", 2: "reason-2", 7: "reason-7"})
PROMPTED = Arm("base", "prompted", {0: "prompted"})


def macro(policy: str) -> dict[str, float]:
    mine = VERDICTS.filter(pl.col("policy") == policy).group_by("session_id").agg(pl.col("is_exact").mean())
    return dict(mine.sort("session_id").rows())


def test_the_seeds_are_averaged_and_their_spread_is_shown() -> None:
    row = arms(ANSWERS, [REASONING]).to_dicts()[0]
    means = [float(np.mean(list(macro(name).values()))) for name in REASONING.policies.values()]
    found = [row[f"macro_accuracy{name}"] for name in ("", "_sd", "_min", "_max")]
    assert found == pytest.approx([np.mean(means), np.std(means, ddof=1), min(means), max(means)], abs=1e-12)
    assert row["n_seeds"] == 4 and row["rival_arm"] is None and not row["is_claim"]
    assert row["claim"] == "nothing to compare with: no claim" and row["delta_points"] is None


def test_the_difference_is_over_the_seeds_that_both_have() -> None:
    row = arms(ANSWERS, [REASONING, PLAIN]).filter(arm="reasoning").to_dicts()[0]
    per_seed = [(macro(f"reason-{seed}"), macro(f"plain-{seed}")) for seed in (0, 1, 2)]
    sessions = sorted(per_seed[0][0])
    d = {s: float(np.mean([mine[s] - theirs[s] for mine, theirs in per_seed])) for s in sessions}
    deltas = [100 * float(np.mean([mine[s] - theirs[s] for s in sessions])) for mine, theirs in per_seed]
    assert row["delta_points"] == pytest.approx(100 * np.mean(list(d.values())), abs=1e-10)
    assert row["delta_sd_points"] == pytest.approx(np.std(deltas, ddof=1), abs=1e-10)
    users = dict(VERDICTS.select("session_id", "user_id").unique().rows())
    by_user: dict[str, float] = defaultdict(float)
    for session, value in d.items():
        by_user[users[session]] += value
    assert len(by_user) <= 20, "then the test is exact, and another enumeration must agree"
    sums = np.array(list(by_user.values()))
    flipped = sp.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=2**16, vectorized=False)
    assert row["p_sign_flip"] == pytest.approx(min(1.0, float(flipped.pvalue)), abs=1e-9)
    assert (row["n_seeds"], row["n_seeds_compared"], row["n_users"], row["is_claim"]) == (4, 3, len(by_user), True)
    assert row["claim"].startswith("reasoning is ") and " than action_only over 3 seeds: " in row["claim"]


def test_a_prompted_model_meets_every_seed() -> None:
    row = arms(ANSWERS, [PLAIN, PROMPTED]).filter(arm="action_only").to_dicts()[0]
    assert (row["rival_arm"], row["n_seeds_compared"], row["is_claim"]) == ("prompted", 3, True)
    deltas = [np.mean(list(macro(name).values())) - np.mean(list(macro("prompted").values())) for name in NAMES[1:4]]
    assert row["delta_points"] == pytest.approx(100 * np.mean(deltas), abs=1e-10)


def test_below_three_seeds_there_is_no_claim() -> None:
    few = Arm("base", "reasoning", {0: "reason-0", 1: "reason-1", 9: "never judged"})
    row = arms(ANSWERS, [few, PLAIN]).filter(arm="reasoning").to_dicts()[0]
    assert (row["n_seeds"], row["n_seeds_compared"], row["is_claim"]) == (2, 2, False)
    assert row["claim"] == "fewer than 3 seeds: no claim" and row["p_sign_flip"] is not None
    one = arms(ANSWERS, [Arm("base", "think", {0: "reason-0"})]).to_dicts()[0]
    assert one["macro_accuracy_sd"] is None and one["macro_accuracy_min"] == one["macro_accuracy_max"]


def test_holm_adjusts_over_base_models() -> None:
    other = [
        Arm("other", "reasoning", {0: "plain-1", 1: "plain-2"}),
        Arm("other", "action_only", {0: "plain-2", 1: "plain-0"}),
    ]
    frame = arms(ANSWERS, [REASONING, PLAIN, *other]).filter(arm="reasoning")
    small, large = sorted(frame["p_sign_flip"])
    assert sorted(frame["p_holm"]) == pytest.approx([min(1, 2 * small), max(min(1, 2 * small), large)])
    assert frame["base_model"].to_list() == ["base", "other"]


def test_the_order_of_seeds_and_arms_does_not_matter() -> None:
    backwards = [
        Arm(one.base_model, one.arm, dict(reversed(list(one.policies.items())))) for one in (PROMPTED, PLAIN, REASONING)
    ]
    assert arms(ANSWERS, backwards).equals(arms(ANSWERS, [REASONING, PLAIN, PROMPTED]))
    assert arms(ANSWERS, []).is_empty() and arms(of_verdicts(VERDICTS.clear()), [PLAIN, REASONING]).is_empty()


def test_arms_without_a_case_or_a_seed_in_common_are_not_compared() -> None:
    apart = of_verdicts(VERDICTS.filter((pl.col("policy") == "plain-0") == (pl.col("step") > 2)))
    for answers, rival in ((apart, {0: "plain-0"}), (ANSWERS, {5: "plain-0"})):
        frame = arms(answers, [Arm("base", "reasoning", {0: "reason-0"}), Arm("base", "action_only", rival)])
        assert frame["rival_arm"].to_list() == [None, None] and frame["n_seeds_compared"].to_list() == [0, 0]


def test_the_papers_grid_has_five_arms_of_each_base_model() -> None:
    profile = paper()
    found = declared_arms(profile.policies, profile.experiments)
    assert len(found) == 30
    assert {len(one.policies) for one in found if one.arm != "prompted"} == {3}
    assert {one.arm for one in found} == {"prompted", "action_only", "reasoning", "think", "no_think"}


def test_a_checkpoint_that_thinks_is_two_arms_and_what_is_drawn_at_a_temperature_is_none() -> None:
    policies = [
        PolicyConfig("t", "fine_tuned", "run", "think", seed=4),
        PolicyConfig("t-no_think", "fine_tuned", "run", "think", seed=4, is_thinking=False),
        PolicyConfig("t-samples", "fine_tuned", "run", "think", seed=4, n_samples=8, temperature=0.7),
        PolicyConfig("t-vllm", "fine_tuned", "run", "think", seed=5, engine="vllm"),
        PolicyConfig("elsewhere", "prompted", "another model", "prompted"),
    ]
    assert declared_arms(policies, [Checkpoint("run", "base", seed=4)]) == [
        Arm("base", "no_think", {4: "t-no_think"}),
        Arm("base", "think", {4: "t"}),
    ]


def test_within_an_arm_and_between_two_nothing_differs_but_the_seed_and_the_arm() -> None:
    plain, reasoning = tiny().experiments
    lora = replace(plain.train, lora_rank=8)
    runs = [
        plain,
        replace(reasoning, train=lora),
        replace(reasoning, name="s1", seed=1, train=lora),
        replace(reasoning, name="other settings", seed=2),
        replace(reasoning, name="other rationales", seed=3, generator="human", train=lora),
    ]
    policies = [PolicyConfig(one.name, "fine_tuned", one.name, one.arm, one.generator, one.seed) for one in runs]
    told = declared_arms(policies, runs)
    found = [(one.arm, dict(sorted(one.policies.items()))) for one in told]
    assert found == [
        ("action_only", {0: plain.name}),
        ("reasoning", {0: reasoning.name, 1: "s1"}),
        ("reasoning", {2: "other settings"}),
        ("reasoning", {3: "other rationales"}),
    ]
    names = dict(zip([one.name for one in runs], NAMES, strict=False))
    judged = [replace(one, policies={seed: names[name] for seed, name in one.policies.items()}) for one in told]
    table = arms(ANSWERS, judged)
    assert table.select("arm", "n_seeds", "rival_arm").rows() == [("action_only", 1, None), ("reasoning", 2, None)]
    like_it = replace(judged[0], policies={1: NAMES[7]}, train=lora)
    both = arms(ANSWERS, [*judged, like_it]).filter(arm="reasoning")
    assert both.select("rival_arm", "n_seeds_compared").rows() == [("action_only", 1)]
