from shopcart_assets.reasoning.bench import bench
from tests.watched import Parts


def test_a_small_day_is_planned_and_all_its_answers_are_found() -> None:
    parts = Parts()
    report = bench(20, "per_session", seed=1, count=parts)

    assert (report.n_sessions, report.n_requests, report.n_found) == (20, 20, 20)
    assert parts.whole() == [(20, "sessions"), (20, "answers")]
    assert 4_000 < report.mean_context_tokens < 6_000
    assert "20 sessions" in report.lines()[0] and report.to_dict()["mode"] == "per_session"
