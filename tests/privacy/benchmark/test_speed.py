"""The speed report: all readable pages, steps that add up, both ratios."""

from pathlib import Path

from shopcart_assets.privacy.benchmark.speed import Milliseconds, Speed, bench_speed
from tests.watched import Parts


def test_ratios_are_of_sums_and_the_marginal_one_leaves_out_one_parse() -> None:
    speed = Speed(
        {"a": Milliseconds(1.0, 0.5, 2.0, 1.0, 1.0, 0.5), "b": Milliseconds(3.0, 1.5, 4.0, 1.0, 1.0, 0.5)}, 80.0
    )
    told = speed.summary()
    assert (told["ratio"], told["ratio_marginal"], told["ratio_mining"]) == (2.0, 1.5, 0.5)
    assert told["ratio_residual"] == 0.25 and "search the scrubbed one for 0.25 x" in speed.lines()[0]
    assert told["kilobytes_a_second"] == 10_000 and "2.0 x a bare parse (1.5 x" in speed.lines()[0]


def test_pages_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text("<p>Hello, Ann Lee</p>" * 20)
    (tmp_path / "blank.html").write_text(" ")
    parts = Parts()
    speed = bench_speed(tmp_path, seed=0, n_rounds=1, count=parts)
    assert parts.whole() == [(1, "saved pages")]
    assert list(speed.pages) == ["good.html"] and speed.pages["good.html"].first_pass > 0
    assert speed.to_dict()["summary"]["n_pages"] == 1
