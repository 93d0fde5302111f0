"""The local launcher's command."""

import shutil
from pathlib import Path

import pytest

from shopcart_assets.platform import jobs
from shopcart_assets.training.launch import LocalLauncher


def test_torchrun_starts_the_trainer_on_every_rank() -> None:
    *prefix, python, _, torchrun, _, ranks, _, trainer, _, config = LocalLauncher("/bin/python").command(
        Path("run.json"), 4
    )
    assert prefix == list(jobs.die_with_parent())
    assert (python, torchrun, trainer, config) == ("/bin/python", "ml_jobs.torchrun", "ml_jobs.train", "run.json")
    assert ranks == "--nproc-per-node=4"


def test_ranks_die_with_their_parent_where_linux_can_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/setpriv")
    assert LocalLauncher().command(Path("run.json"), 1)[:3] == ["setpriv", "--pdeathsig", "TERM"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert LocalLauncher("python").command(Path("run.json"), 1)[0] == "python"
