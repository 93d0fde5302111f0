"""Rows of an earlier attempt are kept as far as its checkpoint; a line says what is known."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ml_jobs import journal

ROW: dict[str, Any] = {
    "step": 3,
    "loss_nats": 1.25,
    "grad_norm": 0.5,
    "learning_rate": 2e-5,
    "n_tokens": 1000,
    "n_trained_tokens": 15,
    "tokens_per_second": 120.4,
    "step_seconds": 8.3,
    "mfu": None,
    "balance": 1.0,
    "peak_memory_bytes": 1_900_000_000,
    "held_out_loss_nats": None,
}


def test_a_line_says_what_is_known() -> None:
    plain = journal.progress_line({**ROW, "seconds_left": 61.0}, 10)
    assert plain == "step 3/10  loss 1.2500  grad 0.50  lr 2.00e-05  120 tok/s  1.5% trained  1.9 GB  61 s left"
    whole = journal.progress_line(
        {**ROW, "seconds_left": 61.0, "mfu": 0.413, "balance": 0.981, "held_out_loss_nats": 1.5}, 10
    )
    assert "held out 1.5000" in whole
    assert "MFU 41.3%  balance 0.98" in whole


def test_only_the_steps_of_the_checkpoint_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps({"step": step}) + "\n" for step in (1, 2, 3)) + '{"step": 4')
    told = journal.Journal(path, 10, None)
    told.resume(2)
    assert [row["step"] for row in told.rows()] == [1, 2]
    told.record(ROW)
    assert [row["step"] for row in told.rows()] == [1, 2, 3]
    assert told.rows()[-1]["seconds_left"] > 0


def test_the_time_left_is_that_of_this_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = journal.Journal(tmp_path / "metrics.jsonl", 10, None)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    told.resume(4)
    monkeypatch.setattr(time, "monotonic", lambda: 130.0)
    assert told.seconds_left(7) == 30.0
