import pytest

from shopcart_assets.evaluation.bench import bench
from shopcart_assets.evaluation.bench_data import Size
from shopcart_assets.platform.view_text import SQL_FOLDER
from tests.watched import Parts


def test_every_view_of_a_small_study_is_timed() -> None:
    parts = Parts()
    report = bench(Size(n_cases=300, n_sessions=60, n_users=9, n_policies=2, n_scored=1), count=parts)
    assert report.n_verdicts == 600
    views = {f"evaluation.{file.stem}" for file in (SQL_FOLDER / "evaluation").glob("*.sql")}
    assert set(report.seconds) == views and all(first > 0 for first, _ in report.seconds.values())
    assert parts.whole() == [
        (2, "policies made up"),
        (1, "policies scored"),
        (2, "policies added up"),
        (1, "policies' likelihoods added up"),
        (2, "policies bootstrapped"),
        (6 * len(views), "queries"),
    ]
    assert report.likelihood_sums_seconds > 0 and "2 policies, 1 of them scored" in report.lines()[0]
    assert "600 verdicts" in report.lines()[0] and report.to_dict()["size"]["n_users"] == 9


def test_a_size_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at least as many cases as sessions"):
        Size(n_cases=5, n_sessions=6, n_users=1)
    with pytest.raises(ValueError, match="0 to all policies"):
        Size(n_policies=2, n_scored=3)
