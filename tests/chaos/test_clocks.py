"""Wall clocks that jump: what is made does not depend on them, and nothing waits for a time that has gone."""

from pathlib import Path

import pytest

from shopcart_assets.traffic.watch import look
from tests.chaos import lives
from tests.chaos.lives import STAGES, Stage
from tests.chaos.past import Past
from tests.traffic.conftest import EVERYBODY

_QUIET_SECONDS = 60.0


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_stage_whose_clock_jumps_leaves_the_same_bytes(
    stage: Stage, past: Past, request: pytest.FixtureRequest
) -> None:
    if stage.name != "dataset" and not request.config.getoption("--chaos"):
        pytest.skip("make chaos runs it")
    past.of(stage)
    past.restore(stage.name)
    life = lives.start(stage, past.home, clock=7)
    life.join()
    assert life.exitcode == 0, lives.said(past.home)
    past.require_same(stage, f"{stage.name} under a clock that jumps")


@pytest.mark.parametrize("jump_seconds", [-3_000_000.0, -1.0, 3_000_000.0])
def test_a_delivery_is_whole_a_quiet_minute_after_the_clock_was_set(jump_seconds: float, tmp_path: Path) -> None:
    day = tmp_path / "2026-09-01"
    day.mkdir()
    (tmp_path / "consent.csv").write_text(EVERYBODY)
    (day / "events.jsonl").write_text("{}\n")
    seen, _ = look({}, [tmp_path], 1_000_000_000.0, _QUIET_SECONDS)
    for seconds in (0.0, _QUIET_SECONDS):
        seen, _ = look(seen, [tmp_path], 1_000_000_000.0 + jump_seconds + seconds, _QUIET_SECONDS)
    assert not any(folder.is_arriving for folder in seen[str(tmp_path)].values())
