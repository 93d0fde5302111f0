"""Days x generators from the UI, with a server of batches, workers that are killed, and a bill.

A week and twenty kills take a quarter of an hour: `python -m tests.reasoning.backfill FOLDER`.
"""

from pathlib import Path

import pytest

from tests.reasoning import backfill


@pytest.mark.slow
def test_a_backfill_whose_workers_are_killed_completes_and_pays_each_request_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    came = backfill.run(tmp_path, n_days=2, n_kills=2, seed=1)

    assert came.n_kills == 2 and came.left == 0
    assert came.n_rationales == 2 * 2 * 8
    assert came.statuses[-1] == "COMPLETED_SUCCESS"
    assert came.paid == {1: came.n_requests}
