"""The learning rate, and which ranks hold a copy of the model. What a step computes is tested in test_train."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import get_cosine_schedule_with_warmup

from ml_jobs import trainer
from ml_jobs.program import ConfigError
from shopcart_assets.platform.profiles import TrainConfig


@given(total=st.integers(1, 60), warmup_share=st.floats(0, 1))
def test_the_rate_is_transformers_cosine_without_its_idle_first_step(total: int, warmup_share: float) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    warmup = max(1, round(warmup_share * total))
    # Theirs begins at 0 and reaches 0 in the last step: ours are the steps between, so that each of them trains.
    schedule = get_cosine_schedule_with_warmup(optimizer, warmup, total + 1)
    for step in range(1, total + 1):
        optimizer.step()
        schedule.step()
        rate = trainer.learning_rate(step, total, 0.5, warmup_share)
        assert rate == pytest.approx(schedule.get_last_lr()[0], abs=1e-12)
        assert rate > 0


def test_copies_that_do_not_go_into_the_ranks_are_refused() -> None:
    with pytest.raises(ConfigError, match="shard_size 3 does not divide 4 ranks"):
        trainer.shard(torch.nn.Linear(2, 2), TrainConfig(shard_size=3), 4, False)
