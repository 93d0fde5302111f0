"""What views need to know: policies with what they fine-tuned, and quantiles of Student's t."""

import polars as pl
import pytest
from scipy import stats

from shopcart_assets.evaluation.known import MAX_DF, policy_rows, student_t
from shopcart_assets.platform.dictionary import table
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
        for row in policy_rows([*profile.policies, found], profile.experiments, checkpoints).to_dicts()
    }
    assert rows["always_buy"]["base_model"] is None and rows["always_buy"]["kind"] == "baseline"
    assert rows["tiny-random-prompted"]["base_model"] == "tiny-random"
    assert rows["tiny-random-reasoning-s0"]["base_model"] == "tiny-random"
    assert (rows["found"]["base_model"], rows["found"]["seed"], rows["found"]["is_thinking"]) == ("llama", 3, False)
    assert list(rows) == sorted(rows)


def test_the_quantiles_are_students() -> None:
    rows = dict(student_t().rows())
    assert len(rows) == MAX_DF
    assert rows[10] == pytest.approx(stats.t.ppf(0.975, 10), abs=1e-15) and rows[1] == pytest.approx(12.7062, abs=1e-4)
    assert rows[MAX_DF] - stats.norm.ppf(0.975) < 3e-4
