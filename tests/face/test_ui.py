"""Each person's job, done by clicks in a real browser: nothing but the UI, its pages and the command line of the README is used.

What was seen is photographed: see person.album. The tests go on from one another, as a day at work does.
"""

import time
from collections.abc import Iterator

import pytest

from tests.face.person import album
from tests.face.scene import EXPERIMENT, GENERATOR, POLICY, WEEK, Scene, a_week, playing
from tests.processes import eventually, kill, processes
from tests.traffic.importers import browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A fresh home, and the demo materialized in it from the UI."""
    if gone := browser.missing():
        pytest.skip(gone)
    driver = browser.install(tmp_path_factory.mktemp("driver"))
    with playing(tmp_path_factory.mktemp("home"), driver) as scene:
        person = scene.person
        person.open("/locations/shopcart_assets/jobs/demo/playground")
        person.click("Launch Run", role="button")
        person.sees("RUN_ENQUEUED", exact=True)
        run = person.where()
        person.rests()
        eventually(lambda: scene.has_finished("demo"), seconds=1_500, pause_seconds=2)
        person.open(run)
        person.sees(css="text=/RUN_(SUCCESS|FAILURE)/")
        person.photograph("demo-run")
        assert "RUN_FAILURE" not in person.reads()
        yield scene


def test_the_demo_is_materialized_from_the_ui(scene: Scene) -> None:
    person = scene.person
    assert scene.sql("select count(*) > 10 from evaluation.leaderboard") == [(True,)]
    person.open("/assets/evaluation/leaderboard")
    person.sees("Latest materialization")
    person.photograph("asset-leaderboard")
    person.open("/asset-groups")
    person.sees("evaluation", exact=True)
    person.photograph("asset-graph")


def test_a_week_is_backfilled_for_one_generator_and_its_failed_check_is_seen(scene: Scene) -> None:
    scene.shopcart("ingest", str(a_week(scene.folder)))
    person = scene.person
    person.open("/locations/shopcart_assets/jobs/synthesize")
    person.click("Materialize all", role="button")
    person.type(f"[{WEEK[0]}...{WEEK[-1]}]", css="input[placeholder^='ex: 20']")
    person.click("Select a partition or create one")
    person.click(GENERATOR, css="li")
    person.press("Escape")
    person.sees("7 partitions")
    person.photograph("backfill-asked")
    person.click("Launch backfill", role="button")
    eventually(lambda: len(scene.backfills()) == 1)
    person.rests()
    eventually(lambda: scene.has_finished("synthesize", 2 + 2 + len(WEEK)), seconds=900, pause_seconds=2)
    eventually(lambda: scene.backfills() == ["COMPLETED_SUCCESS"], seconds=120, pause_seconds=2)
    person.open("/runs/?view=backfills")
    person.sees("7 partitions")
    person.photograph("backfill-completed")
    written = scene.sql(f"select distinct day from reasoning.rationales where generator = '{GENERATOR}' order by day")
    assert [day for (day,) in written if day in WEEK] == WEEK


def test_a_failed_check_is_seen(scene: Scene) -> None:
    person = scene.person
    person.open("/assets/traffic/quarantine?view=checks&checkDetail=few_rows_are_quarantined")
    person.sees("At most 5% of each day's delivered rows could not be used.")
    person.sees("Failed", exact=True)
    person.photograph("failed-check")


def test_the_sensor_of_new_policies_is_ticked(scene: Scene) -> None:
    person = scene.person
    person.open("/locations/shopcart_assets/sensors/new_policies")
    person.click(css="label:has(input[type=checkbox])")
    late = {"name": POLICY, "kind": "local", "model": "tiny-random", "temperature": 1.0}
    scene.declare("policies.yaml", {"policies": [late]})
    person.click("Preview tick result", role="button")
    person.click("Continue", role="button")
    person.sees(POLICY, seconds=120)
    person.photograph("sensor-ticked")
    person.click("Apply requests & commit tick result", role="button")
    eventually(lambda: scene.has_finished("evaluate", partition=POLICY), seconds=300, pause_seconds=2)
    person.open("/locations/shopcart_assets/sensors/new_policies")
    person.click(css="label:has(input[type=checkbox])")
    board = f"select count(*) from evaluation.leaderboard where policy = '{POLICY}'"
    eventually(lambda: scene.sql(board) == [(1,)], seconds=300, pause_seconds=2)


def test_wrong_answers_are_one_click_away_from_the_report(scene: Scene) -> None:
    person = scene.person
    person.open("/assets/report/page")
    person.sees("report.html")
    person.photograph("asset-report")
    person.open((scene.state / "report" / "report.html").as_uri())
    person.photograph("report")
    person.click("always_terminate", role="link", exact=True)
    person.sees("steps in")
    person.photograph("explorer-index")
    assert "story.html#policy=always_terminate&kind=wrong" in person.where()
    person.click(css="td.steps a")
    person.sees("What the person saw and did")
    person.photograph("explorer-session")
    assert "/sessions/" in person.where() and "#step-" in person.where()


def test_a_training_that_crashed_goes_on_and_is_ended_from_the_ui_with_all_its_ranks(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    endless: dict[str, object] = {"base_model": "tiny-random", "arms": "action_only", "name": EXPERIMENT}
    endless["train"] = {"max_steps": 1_000_000, "checkpoint_every": 5}
    scene.declare("experiments.yaml", {"experiments": [endless]})
    person = scene.person

    def ranks() -> list[int]:
        return processes("WORLD_SIZE=2", f"SHOPCART_STATE={scene.state}")

    def end() -> None:
        for rank in ranks():
            kill(rank)

    def launch() -> None:
        person.open("/locations/shopcart_assets/jobs/train")
        person.click("Materialize all", role="button")
        person.click("Select a partition or create one")
        person.click(EXPERIMENT, css="li")
        person.press("Escape")
        person.click("Launch 1 run", role="button")
        eventually(lambda: len(ranks()) == 2, seconds=120)
        person.open("/locations/shopcart_assets/jobs/train/runs")
        person.click(css="a[href^='/runs/']")

    request.addfinalizer(end)  # whatever happens, nothing trains for ever
    eventually(lambda: scene.has_partition("experiments", EXPERIMENT), seconds=120, pause_seconds=2)
    launch()
    saved = scene.state / "checkpoints" / EXPERIMENT / "checkpoints"
    eventually(lambda: any(saved.glob("*/step-??????/progress.json")), seconds=120)
    end()
    person.sees("RUN_FAILURE", exact=True)
    person.photograph("training-crashed")
    launch()
    person.type("resuming after step", css="input[placeholder^='Filter']")
    person.sees("resuming after step", seconds=120)
    person.photograph("training-resumed")
    person.click("Terminate", role="button")
    person.click("Terminate 1 run", role="button")
    asked = time.monotonic()
    eventually(lambda: not ranks())
    (album() / "training-cancelled.txt").write_text(
        f"all ranks were gone {time.monotonic() - asked:.1f} s after the click\n"
    )
    person.sees("Canceled", seconds=60)
    person.photograph("training-cancelled")


def test_who_asks_to_be_erased_is_gone_and_the_proof_is_in_the_ui(scene: Scene) -> None:
    ((user_id,),) = scene.sql("select user_id from context.actions where day = '2026-10-03' order by user_id limit 1")
    eventually(scene.is_idle, seconds=300, pause_seconds=2)
    scene.shopcart("erase", user_id)
    assert scene.sql(f"select count(*) from context.actions where user_id = '{user_id}'") == [(0,)]
    assert scene.sql("select sum(n_left) from privacy.erasures where kind <> 'drop'") == [(0,)]
    person = scene.person
    person.open("/assets/privacy/erasures")
    person.sees("Latest materialization")
    person.photograph("asset-erasures")
    person.open("/assets/privacy/erasures?view=checks")
    person.sees("Passed")
    person.photograph("erasure-proved")
    assert user_id not in person.reads()
