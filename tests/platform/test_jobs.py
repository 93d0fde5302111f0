"""Programs as processes: their output, their failures, and that none outlives its caller."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shopcart_assets.platform import jobs

Program = Callable[[str], str]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Writes a module that gets its configuration as `config`, and gives its name."""

    def write(body: str) -> str:
        head = "import json, os, sys, time\nconfig = json.load(open(sys.argv[2]))\n"
        (tmp_path / "made_up_job.py").write_text(head + body)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return "made_up_job"

    return write


def gone(pid: int) -> bool:
    """Whether the process has ended, waiting for it up to ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_shards_get_their_number_and_their_lines_are_followed(program: Program, tmp_path: Path) -> None:
    name = program("print(config['shard'], config['n_shards'], config['word'], flush=True)")
    lines: list[str] = []
    jobs.run_job(name, {"word": "käse"}, work=tmp_path / "work", n_processes=2, log=lines.append)
    assert sorted(lines) == ["[0] 0 2 käse", "[1] 1 2 käse"]
    assert (tmp_path / "work" / "log-1.txt").read_text() == "1 2 käse\n"


def test_a_failure_is_one_line_with_the_log_as_its_note_and_ends_the_other_shards(
    program: Program, tmp_path: Path
) -> None:
    body = (
        "open(f\"pid-{config['shard']}\", 'w').write(str(os.getpid()))\n"
        "if config['shard'] == 0: time.sleep(60)\n"
        "while not os.path.exists('pid-0') or not open('pid-0').read(): time.sleep(0.01)\n"
        "print('reading'); sys.exit('error: no such file')"
    )
    name = program(f"os.chdir({str(tmp_path)!r})\n{body}")
    with pytest.raises(
        jobs.JobError, match=r"made_up_job ended with code 1: error: no such file \(log: .*log-1"
    ) as caught:
        jobs.run_job(name, {}, work=tmp_path / "work", n_processes=2, log=lambda line: None)
    assert "reading" in caught.value.__notes__[0]
    assert gone(int((tmp_path / "pid-0").read_text()))


@pytest.mark.skipif(not jobs.die_with_parent(), reason="setpriv (Linux) is what ends orphans")
def test_a_job_dies_with_a_caller_that_is_killed(program: Program, tmp_path: Path) -> None:
    name = program(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    call = f"from shopcart_assets.platform.jobs import run_job; from pathlib import Path; run_job({name!r}, {{}}, work=Path({str(tmp_path)!r}))"
    caller = subprocess.Popen([sys.executable, "-c", call])
    deadline = time.monotonic() + 20
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    caller.kill()
    caller.wait()
    assert gone(int((tmp_path / "pid").read_text()))


def test_rows_of_all_shards_are_read_in_order(tmp_path: Path) -> None:
    for shard in (1, 0):
        (tmp_path / f"part-f-{shard}-of-2.jsonl").write_text(json.dumps({"shard": shard}) + "\n")
    (tmp_path / "other.jsonl").write_text("{}\n")
    assert jobs.read_rows(tmp_path) == [{"shard": 0}, {"shard": 1}]
