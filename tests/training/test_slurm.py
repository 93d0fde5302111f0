"""The Slurm launcher: its script and what it reads by themselves; then real daemons, on which jobs train, are preempted and lost."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.launchers import SlurmConfig
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.training import runs, slurm
from shopcart_assets.training.slurm import SlurmLauncher
from tests.training import slurm_daemons
from tests.training.slurm_daemons import Cluster, eventually, processes

HERE = Path(__file__).parents[2]
TWO_NODES = SlurmConfig(
    kind="slurm",
    nodes=2,
    gpus_per_node=0,
    ranks_per_node=1,
    poll_seconds=0.3,
    setup=(f"cd '{HERE}'", "export OMP_NUM_THREADS=1"),
)


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
    train = replace(experiment.train, max_steps=60, sessions_per_step=4, checkpoint_every=1)
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
    """Trains on the cluster while `meanwhile` happens after the run's second step; what the launcher told."""
    monkeypatch.setenv("SLURM_CONF", str(cluster.config))
    cluster.wait_for_nodes()

    def launched(meanwhile: Callable[[], Any] | None = None) -> list[str]:
        told: list[str] = []
        thread = threading.Thread(target=lambda: (eventually(lambda: steps(run) >= 2), meanwhile()))
        if meanwhile:
            thread.start()
        try:
            SlurmLauncher(TWO_NODES, sys.executable).run(runs.job(run, {}), told.append)
        finally:
            if meanwhile:
                thread.join()
        return told

    yield launched
    cluster.call("scancel", f"--user={os.getuid()}")


def steps(run: runs.Run) -> int:
    return len(run.metrics.read_bytes().splitlines()) if run.metrics.exists() else 0


def check_whole(run: runs.Run) -> None:
    """Every step was trained, once, on both ranks."""
    assert runs.checkpoint(run)["world_size"].to_list() == [2]
    assert runs.steps(run)["step"].to_list() == list(range(1, 61))


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
        cluster.start_node("n2")

    told = launch(power_cut)
    check_whole(run)
    assert any("restart 1" in line for line in told)


@pytest.mark.slow
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
