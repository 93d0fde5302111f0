"""What views need to know: policies with what they fine-tuned, and quantiles of Student's t."""

from dataclasses import replace

import polars as pl
import pytest
from scipy import stats

from shopcart_assets.evaluation.known import MAX_DF, policy_rows, student_t
from shopcart_assets.evaluation.pairs import trained
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.experiment import TrainConfig
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import tiny
from tests.evaluation.invented import filled


def test_a_policy_tells_its_base_model_declared_or_trained() -> None:
    profile = tiny()
    found = PolicyConfig("found", "fine_tuned", "found", "think", "g", 3, is_thinking=False)
    checkpoints = filled("training.checkpoints", table("training.checkpoints").empty())
    checkpoints = checkpoints.clear(1).with_columns(base_model=pl.lit("llama"), experiment=pl.lit("found"))
    rows = {
        row["policy"]: row
        for row in policy_rows([*profile.policies, found], trained(profile.experiments, checkpoints)).to_dicts()
    }
    assert rows["always_buy"]["base_model"] is None and rows["always_buy"]["kind"] == "baseline"
    assert rows["tiny-random-prompted"]["base_model"] == "tiny-random"
    assert rows["tiny-random-reasoning-s0"]["base_model"] == "tiny-random"
    assert (rows["found"]["base_model"], rows["found"]["seed"], rows["found"]["is_thinking"]) == ("llama", 3, False)
    assert list(rows) == sorted(rows)


def test_a_recipe_is_shared_by_what_differs_by_the_seed_of_its_training_alone() -> None:
    first, reasoning = tiny().experiments
    runs = [
        first,
        replace(first, name="s1", seed=1),
        replace(first, name="lora", train=TrainConfig(lora_rank=8)),
        reasoning,
    ]
    policies = [PolicyConfig(one.name, "fine_tuned", one.name, one.arm, one.generator, one.seed) for one in runs]
    drawn = replace(policies[0], name="drawn", temperature=0.7)
    recipes = dict(policy_rows([*policies, drawn], runs).select("policy", "recipe").rows())
    assert recipes[first.name] == recipes["s1"] and recipes["drawn"] is None
    assert len({recipes[one.name] for one in runs}) == 3 and None not in {recipes[one.name] for one in runs}


def test_the_quantiles_are_students() -> None:
    rows = dict(student_t().rows())
    assert len(rows) == MAX_DF
    assert rows[10] == pytest.approx(stats.t.ppf(0.975, 10), abs=1e-15) and rows[1] == pytest.approx(12.7062, abs=1e-4)
    assert rows[MAX_DF] - stats.norm.ppf(0.975) < 3e-4
