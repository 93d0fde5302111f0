"""Disks that are full or read-only: one clear line, what was there stays whole, and with room the same command completes."""

import subprocess
import sys
from pathlib import Path

import pytest

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
ROOT = Path(__file__).parents[2]


def run(scenario: str, folder: Path) -> list[str]:
    """The lines that a scenario of `disks` printed; skips where this machine lets nobody mount anything."""
    probe = subprocess.run([*_NAMESPACE, "mount", "-t", "tmpfs", "none", str(folder)], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"no file system can be mounted here: {probe.stderr.strip()}")
    command = [*_NAMESPACE, sys.executable, "-m", "tests.chaos.disks", scenario, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_table_on_a_full_or_read_only_disk_stays_as_it_was_and_says_so(tmp_path: Path) -> None:
    lines = run("tables", tmp_path)
    full, shut = lines[:10], lines[10:]
    assert len(shut) == 5
    assert all(line.startswith(f"no space left under {tmp_path / 'disk'}") and "run again" in line for line in full)
    assert all(line.startswith(f"{tmp_path / 'disk' / 'lake'} cannot be written: give it room") for line in shut)


@pytest.mark.slow
def test_every_stage_on_a_full_disk_says_so_and_completes_once_there_is_room(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--chaos"):
        pytest.skip("make chaos runs it")
    lines = run("stages", tmp_path)
    assert lines and all("no space left" in line or "is full or cannot be written" in line for line in lines)
