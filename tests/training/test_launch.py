"""The local launcher: its command, and that nothing of it is left."""

import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from shopcart_assets.platform import jobs
from shopcart_assets.training.launch import Job, LaunchError, LocalLauncher
from tests.processes import eventually, is_running


def test_torchrun_starts_the_trainer_on_every_rank() -> None:
    command = LocalLauncher("/bin/python").command(Path("run.json"), 4)
    place = command.index("--nproc-per-node=4")
    assert command[: place - 1] == [*jobs.die_with_parent(), "/bin/python", "-m", "ml_jobs.torchrun"]
    assert command[-4:] == ["-m", "ml_jobs.train", "--config", "run.json"]


def test_ranks_die_with_their_parent_where_linux_can_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/setpriv")
    assert LocalLauncher().command(Path("run.json"), 1)[:3] == ["setpriv", "--pdeathsig", "TERM"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert LocalLauncher("python").command(Path("run.json"), 1)[0] == "python"


# Stands for python: torchrun is the real one, its ranks do not listen.
STUBBORN = """#!/bin/bash
[[ $2 == ml_jobs.torchrun ]] && exec {python} "$@"
trap "" TERM INT
echo $$ >> {pids}
while :; do sleep 0.1; done
"""


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(not jobs.die_with_parent(), reason="no setpriv here: only Linux ends children with their parent")
def test_ranks_that_do_not_listen_are_gone_ten_seconds_after_an_interrupt(tmp_path: Path) -> None:
    pids, python = tmp_path / "pids", tmp_path / "python"
    python.write_text(STUBBORN.format(python=sys.executable, pids=pids))
    python.chmod(0o755)
    main = threading.main_thread().ident
    assert main is not None
    began: list[float] = []

    def interrupt() -> None:
        try:
            eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        finally:
            began.append(time.monotonic())
            signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        LocalLauncher(str(python)).run(Job("stubborn", Path("run.json"), 2), print)
    thread.join()
    eventually(lambda: not any(is_running(int(pid)) for pid in pids.read_text().split()))
    assert time.monotonic() - began[0] < 10


@pytest.mark.parametrize(
    ("code", "said"), [(jobs.PREEMPTED, "saved its work; start it again"), (3, "ended with code 3")]
)
def test_a_run_that_ends_badly_says_how(tmp_path: Path, code: int, said: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexit {code}\n")
    python.chmod(0o755)
    with pytest.raises(LaunchError, match=said):
        LocalLauncher(str(python)).run(Job("short", Path("run.json"), 1), print)


def test_ranks_get_the_environment_of_the_job(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$TOLD" > "{tmp_path}/told"\n')
    python.chmod(0o755)
    LocalLauncher(str(python)).run(Job("short", Path("run.json"), 1, {"TOLD": "by Dagster"}), print)
    assert (tmp_path / "told").read_text() == "by Dagster\n"
