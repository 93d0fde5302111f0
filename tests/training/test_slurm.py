"""The Slurm launcher: its script and what it reads by themselves; then real daemons, on which jobs train, are preempted and lost."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.launchers import SlurmConfig
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.training import runs, slurm
from shopcart_assets.training.cluster import NoSuchJob
from shopcart_assets.training.launch import Job, LaunchError
from shopcart_assets.training.slurm import SlurmLauncher
from tests.processes import eventually, processes
from tests.training import slurm_daemons
from tests.training.slurm_daemons import Cluster
from tests.training.test_assets import NAME, conversations, materialize

__all__ = ["conversations"]

HERE = Path(__file__).parents[2]
N_STEPS = 14
TWO_NODES = SlurmConfig(
    kind="slurm",
    nodes=2,
    gpus_per_node=0,
    ranks_per_node=1,
    poll_seconds=0.3,
    setup=(f"cd '{HERE}'", "export OMP_NUM_THREADS=1"),
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    config = tmp_path / "it's a %j" / "run.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"output_dir": str(tmp_path / "out put")}))
    return Job("tiny", config, 2, {"DAGSTER_PIPES_CONTEXT": "a b'c"})


def test_the_script_is_bash_and_asks_for_what_the_configuration_says(job: Job) -> None:
    config = SlurmConfig(
        kind="slurm",
        nodes=8,
        gpus_per_node=8,
        partition="h200",
        account="web",
        time="1-12:00",
        grace_seconds=100,
        options=("--exclusive",),
    )
    script = slurm.script(config, job, "/opt/a python")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    asked = [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH")]
    assert {"--nodes=8", "--gpus-per-node=8", "--partition=h200", "--account=web", "--time=1-12:00"} <= set(asked)
    assert asked[-2:] == ["--requeue", "--exclusive"]
    assert "--nnodes=8 --nproc-per-node=8" in script and "'/opt/a python'" in script
    # torchrun kills its ranks 30 seconds after SIGTERM unless it is told.
    assert "--grace 100" in script and "--shutdown-timeout=110 " in script
    # A percent sign is a pattern of Slurm's, and is doubled; nothing of this process's own environment goes along.
    assert any(one.startswith("--output=") and "%%j" in one for one in asked)
    assert "--export=HOME,PATH,USER,LANG" in asked


@given(st.sampled_from(sorted(slurm._BAD_ENDS)), st.integers(0, 9), st.integers(0, 255))
def test_states_of_scontrol_and_sacct_mean_the_same(state: str, restarts: int, code: int) -> None:
    line = f"JobId=1 JobName=x UserId=u(1) JobState={state} Reason=None Dependency=(null) Requeue=1 Restarts={restarts} ExitCode={code}:0"
    name, seen = slurm.parse_scontrol(line)
    assert (name, seen.restarts) == ("x", restarts)
    assert seen.has_ended and not seen.is_good
    assert slurm.parse_sacct(f"{state}|{code}:0") == replace(seen, restarts=0)


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED"])
def test_a_job_that_has_not_ended_is_waited_for(state: str) -> None:
    assert not slurm.parse_scontrol(f"JobId=1 JobName=x JobState={state} Reason=Priority")[1].has_ended


@pytest.mark.parametrize(
    ("parse", "text"), [(slurm.parse_scontrol, "slurm_load_jobs error"), (slurm.parse_sacct, "\n")]
)
def test_an_answer_without_a_job_is_no_state(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(NoSuchJob):
        parse(text)


def test_without_slurm_one_line_says_so(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="sbatch is not installed here"):
        SlurmLauncher(TWO_NODES, "python").run(job, print)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if lacks := slurm_daemons.missing():
        pytest.skip(f"no {', '.join(lacks)}: install slurm-wlm and munge")
    with slurm_daemons.running(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture
def run(tmp_path: Path) -> runs.Run:
    """A run of the tiny model that saves after every step, in a folder whose name must be quoted."""
    experiment = tiny().experiments[0]
    train = replace(experiment.train, max_steps=N_STEPS, sessions_per_step=4, checkpoint_every=1)
    run = runs.Run(replace(experiment, name="tiny", train=train), tmp_path / "a state")
    page = [
        {"role": "user", "content": "<a name='mug'>Mug</a>"},
        {"role": "assistant", "content": '{"type": "terminate"}'},
    ]
    told = json.dumps({"system": "You shop.", "steps": [{"step": 1, "is_case": False, "turns": page}]})
    rows = [(f"s{number}", f"u{number}", "train", told) for number in range(8)]
    names = ("session_id", "user_id", "split", "steps")
    runs.write(run, pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"))
    return run


@pytest.fixture
def launch(cluster: Cluster, run: runs.Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Trains on the cluster, while `meanwhile` happens after the run's second step; what the launcher told."""
    monkeypatch.setenv("SLURM_CONF", str(cluster.config))
    cluster.wait_for_nodes()

    def launched(meanwhile: Callable[[], Any]) -> list[str]:
        told: list[str] = []
        thread = threading.Thread(target=after_two_steps, args=(run, meanwhile))
        thread.start()
        # A job that hangs fails its test.
        watchdog = threading.Timer(200, lambda: cluster.call("scancel", f"--user={os.getuid()}"))
        watchdog.start()
        try:
            SlurmLauncher(TWO_NODES, sys.executable).run(runs.job(run, {}), told.append)
        finally:
            watchdog.cancel()
            thread.join()
        return told

    yield launched
    cluster.call("scancel", f"--user={os.getuid()}")


def after_two_steps(run: runs.Run, meanwhile: Callable[[], Any]) -> None:
    eventually(lambda: steps(run) >= 2, 150)
    meanwhile()


def steps(run: runs.Run) -> int:
    return len(run.metrics.read_bytes().splitlines()) if run.metrics.exists() else 0


def check_whole(run: runs.Run) -> None:
    """Every step was trained, once, on both ranks."""
    assert runs.checkpoint(run)["world_size"].to_list() == [2]
    assert runs.steps(run)["step"].to_list() == list(range(1, N_STEPS + 1))


@pytest.mark.slow
def test_a_preempted_run_is_queued_again_and_goes_on(
    launch: Callable[..., list[str]], cluster: Cluster, run: runs.Run
) -> None:
    urgent = ["sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 1"]
    told = launch(lambda: cluster.call(*urgent))
    check_whole(run)
    assert any("PENDING" in line and "restart 1" in line for line in told)
    assert "resuming after step" in slurm.output(runs.job(run, {})).read_text()


@pytest.mark.slow
def test_a_run_that_loses_a_node_goes_on_when_it_is_back(
    launch: Callable[..., list[str]], cluster: Cluster, run: runs.Run
) -> None:
    def power_cut() -> None:
        cluster.kill_node("n2")
        eventually(lambda: "RUNNING" not in cluster.call("squeue", "--noheader", "--format=%T"))
        cluster.start_node("n2")

    told = launch(power_cut)
    check_whole(run)
    assert any("restart 1" in line for line in told)


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_a_cancelled_run_leaves_no_job_and_no_process(
    launch: Callable[..., list[str]], cluster: Cluster, run: runs.Run
) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with pytest.raises(KeyboardInterrupt):
        launch(lambda: signal.pthread_kill(main, signal.SIGINT))
    assert cluster.call("squeue", "--noheader") == ""
    eventually(lambda: not processes("SLURM_JOB_NAME=shopcart-tiny", f"SLURM_CONF={cluster.config}"), 10)
    assert not (run.output / "result.json").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("conversations")
def test_dagster_hears_of_a_run_on_two_nodes(
    platform: Platform, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(cluster.config))
    cluster.wait_for_nodes()
    (tmp_path / "shopcart.yaml").write_text(yaml.safe_dump({"launcher": TWO_NODES.model_dump(mode="json")}))
    monkeypatch.chdir(tmp_path)
    result = materialize(platform)
    event = next(one for one in result.get_asset_materialization_events() if "checkpoints" in str(one.asset_key))
    assert event.materialization.metadata["world_size"].value == 2
    (row,) = platform.warehouse.read("training.checkpoints", experiment=NAME).to_dicts()
    assert (row["n_steps"], row["world_size"]) == (4, 2)
