"""Order and balance are functions of their arguments, and lose nothing."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_jobs.program import ConfigError
from ml_jobs.sessions import SessionFile, batch, measure, n_steps
from ml_jobs.trainer import learning_rate
from tests.ml_jobs.conftest import session, write_sessions


@given(n=st.integers(1, 40), size=st.integers(1, 50), seed=st.integers(0, 5))
def test_an_epoch_has_each_session_once(n: int, size: int, seed: int) -> None:
    steps = n_steps(n, size, None)
    seen = [one for step in range(1, steps + 1) for one in batch(n, size, step, seed, None)]
    assert sorted(seen) == list(range(n))


@given(n=st.integers(1, 20), size=st.integers(1, 30), step=st.integers(1, 9))
def test_a_run_by_steps_has_full_steps_and_equal_shares(n: int, size: int, step: int) -> None:
    chosen = [one for number in range(1, step + 1) for one in batch(n, size, number, 1, step)]
    assert len(chosen) == size * step
    counts = [chosen.count(one) for one in range(n)]
    assert max(counts) - min(counts) <= 1


def test_another_seed_is_another_order() -> None:
    assert batch(30, 30, 1, 0, None) == batch(30, 30, 1, 0, None) != batch(30, 30, 1, 1, None)


def test_sessions_are_read_by_position_and_measured(tmp_path: Path, tokenizer: Any) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number, 2 + number) for number in range(4)])
    file = SessionFile(path, tokenizer, 700)
    assert len(file) == 4
    sizes = measure(file, range(4))
    assert [size is None for size in sizes] == [False, False, False, True]
    for size in sizes[:3]:
        assert size is not None
        example = file.example(size.number)
        assert (size.n_tokens, size.n_trained) == (len(example.ids), len(example.trained))


@pytest.mark.parametrize(("content", "said"), [(None, "no such file"), ("", "holds no sessions")])
def test_a_missing_or_empty_file_is_said_so(tmp_path: Path, tokenizer: Any, content: str | None, said: str) -> None:
    path = tmp_path / "sessions.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=said):
        len(SessionFile(path, tokenizer, 600))


@given(total=st.integers(1, 500), share=st.floats(0, 1))
def test_the_learning_rate_rises_to_its_peak_and_falls_and_is_never_nought(total: int, share: float) -> None:
    rates = [learning_rate(step, total, 2e-5, share) for step in range(1, total + 1)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(2e-5)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert min(rates) > 0
