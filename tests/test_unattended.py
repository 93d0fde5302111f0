"""Nobody asks for anything: what is new reaches the leaderboard through the running daemon, and a kill costs nothing twice.

`python -m tests.evaluation.unattended FOLDER` plays the same by hand and prints what came of it.
"""

from pathlib import Path

import pytest

from tests.evaluation import unattended


@pytest.mark.slow
def test_a_checkpoint_a_line_and_a_listed_model_reach_the_leaderboard_and_kills_cost_nothing_twice(
    tmp_path: Path,
) -> None:
    came = unattended.run(tmp_path)

    assert {came.n_cases[name] for name in unattended.NEW} == {came.n_test_cases}
    assert came.paid == {1: came.n_test_cases}, "of the policy whose worker was killed, each case once"
    assert came.asked == {1: came.n_test_cases}, "of the listed model"
    assert came.n_answers_before > 0 and came.n_answers == unattended.N_SAMPLES * came.n_test_cases
    assert came.n_answers_before + came.n_answers_after == came.n_answers, "what was computed is not computed again"
    assert came.runs["evaluate sampled"] == 2 and came.runs["evaluate made-elsewhere"] == 1
