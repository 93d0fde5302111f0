"""A real Ray cluster of two nodes: the programs and rows of this machine's processes, also where a node is killed in the middle."""

import fcntl
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from shopcart_assets.platform import ray_jobs
from shopcart_assets.platform.engine import EngineError
from shopcart_assets.platform.jobs import JobError, open_jobs, read_rows
from shopcart_assets.platform.process_tree import tree
from shopcart_assets.platform.ray_jobs import Log, RayJobs, Shard
from tests.processes import eventually, is_running
from tests.ray_nodes import two_nodes

ray = pytest.importorskip("ray", reason="Ray is not installed: make install-ray")

PROGRAM = "import json, os, sys, time\nconfig = json.load(open(sys.argv[2]))\nexec(config['body'])\n"
SLEEP = "print(os.getpid(), flush=True); time.sleep(600)"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module that runs the `body` of its configuration."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "made_up_job.py").write_text(PROGRAM)
    return folder


@pytest.fixture(scope="module")
def cluster(programs: Path) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(programs), prepend=":")
        with two_nodes(num_gpus=1) as started:
            yield started


@pytest.fixture
def run(cluster: Any) -> RayJobs:
    return RayJobs(cluster.address)


@pytest.mark.slow
def test_a_failure_is_one_line_with_the_log_as_its_note_and_ends_the_other_shards(run: RayJobs, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    body = (
        f"if config['shard'] == 0: print(os.getpid(), flush=True); open({ready!r}, 'w'); time.sleep(600)\n"
        f"while not os.path.exists({ready!r}): time.sleep(0.01)\n"
        "print('reading', config['n_shards'], config['cores'], os.environ['CUDA_VISIBLE_DEVICES'], flush=True); sys.exit('error: no such käse')"
    )
    lines: list[str] = []
    with pytest.raises(
        JobError, match=r"^made_up_job ended with code 1: error: no such käse \(log: \S+log-1"
    ) as caught:
        run("made_up_job", {"body": body}, work=tmp_path / "work", n_processes=2, log=lines.append)
    assert caught.value.__notes__ == ["reading 2 1 0\nerror: no such käse"]
    sleeper, *others = sorted(lines)
    assert others == ["[1] error: no such käse", "[1] reading 2 1 0"]
    eventually(lambda: not is_running(int(sleeper.removeprefix("[0] "))), 10)


@pytest.mark.slow
def test_a_caller_that_is_interrupted_leaves_no_process(run: RayJobs, tmp_path: Path) -> None:
    lines: list[str] = []

    def interrupt(line: str) -> None:
        lines.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("made_up_job", {"body": SLEEP}, work=tmp_path, log=interrupt)
    eventually(lambda: not is_running(int(lines[0])), 10)


@pytest.mark.slow
def test_a_job_dies_with_a_caller_that_is_killed(cluster: Any, tmp_path: Path) -> None:
    call = (
        "from pathlib import Path; from shopcart_assets.platform.jobs import open_jobs; "
        f"open_jobs('ray', {cluster.address!r})('made_up_job', {{'body': {SLEEP!r}}}, work=Path({str(tmp_path)!r}))"
    )
    caller = subprocess.Popen([sys.executable, "-c", call])
    log = tmp_path / "log-0.txt"
    eventually(lambda: log.exists() and log.read_text().endswith("\n"))
    caller.kill()
    caller.wait()
    eventually(lambda: not is_running(int(log.read_text())), 30)


@pytest.mark.slow
def test_a_node_that_is_not_as_this_machine_is_refused(
    run: RayJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is another file on a node: its processes work elsewhere."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        EngineError, match=r"^a Ray node does not see work/config-0\.json as [^\n]+ must be on a [^\n]+$"
    ):
        run("made_up_job", {"body": ""}, work=Path("work"))
    monkeypatch.setattr(ray_jobs, "versions", lambda: {"torch": "0.1"})
    with pytest.raises(EngineError, match=r"^a Ray node has torch \d[\d.]+ \(here 0\.1\): install the same versions"):
        run("made_up_job", {"body": ""}, work=tmp_path)


def _session(number: int) -> dict[str, Any]:
    steps = []
    for step in range(1, 6):
        page = {"role": "user", "content": f'<a name="item_{step}">mug {number}</a>'}
        action = {"role": "assistant", "content": f'{{"type":"click","name":"item_{step}"}}'}
        steps.append({"step": step, "is_case": step > 1, "turns": [page, action]})
    return {"session_id": f"s{number:02d}", "system": "You shop.", "steps": steps}


def _rows(folder: Path) -> list[dict[str, Any]]:
    return sorted(read_rows(folder), key=lambda row: (row["session_id"], row["step"]))


def _has(node: Any, config: Path) -> bool:
    """Whether one of the node's processes was started with this file."""
    (raylet,) = node.all_processes["raylet"]
    for pid in tree(raylet.process.pid):
        with suppress(OSError):  # it has ended meanwhile
            if str(config).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
    return False


@pytest.mark.slow
def test_a_node_killed_in_the_middle_changes_no_row_and_nothing_is_done_twice(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_jobs, "_LOOK_SECONDS", 0.05)
    sessions = tmp_path / "sessions.jsonl"
    sessions.write_text("".join(json.dumps(_session(number)) + "\n" for number in range(12)))
    config = {"model": "tiny-random", "sessions": str(sessions), "cache": str(tmp_path / "models")}
    here = {**config, "output": str(tmp_path / "here")}
    open_jobs("local")("ml_jobs.generate", here, work=tmp_path / "work", n_processes=1, log=print)
    (doomed,) = cluster.worker_nodes
    work, lines = tmp_path / "ray", list[str]()

    def until_the_node_dies(line: str) -> None:
        lines.append(line)
        if "answers" in line and cluster.worker_nodes and _has(doomed, work / f"config-{line[1]}.json"):
            cluster.remove_node(doomed, allow_graceful=False)

    there = {**config, "output": str(tmp_path / "there"), "max_cache_tokens": 1}  # one answer after the other
    open_jobs("ray", cluster.address)("ml_jobs.generate", there, work=work, n_processes=2, log=until_the_node_dies)
    assert _rows(tmp_path / "there") == _rows(tmp_path / "here") and len(_rows(tmp_path / "here")) == 48
    [again] = [line for line in lines if "continuing: " in line]
    shard, _, n_done, *_ = again.split()
    n_left = 24 - int(n_done)
    assert 0 < n_left < 24 and [line for line in lines if line.startswith(f"{shard} {n_left}/{n_left} answers")]
    assert not cluster.worker_nodes and "nodes of the Ray cluster: 1, before: 2" in lines


def test_a_node_that_may_not_write_says_so(tmp_path: Path) -> None:
    config = tmp_path / "config-0.json"
    config.write_text("{}")
    with pytest.raises(EngineError, match=r"^a Ray node cannot write and lock \S+ \(Is a directory\): [^\n]+ flock$"):
        ray_jobs._run(Shard("made_up_job", config, "{}", tmp_path), ray_jobs.versions())


def test_what_a_log_gets_is_read_line_by_line_and_what_it_had_is_not(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("before\n")
    log = Log(path)
    assert list(log.lines(is_over=False)) == []
    with path.open("ab", buffering=0) as file:
        file.write("one\nkä".encode()[:-1])
        assert list(log.lines(is_over=False)) == ["one"]
        file.write("äse\r\nend".encode()[1:])
    assert list(log.lines(is_over=False)) == ["käse"]
    assert list(log.lines(is_over=True)) == ["end"]
    assert list(log.tail) == ["one", "käse", "end"]


def test_a_shard_waits_for_one_that_is_thought_dead(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its child has the log, and the lock on it, for as long as it lives."""
    monkeypatch.syspath_prepend(str(programs))
    config, log = tmp_path / "config-0.json", tmp_path / "log-0.txt"
    config.write_text(json.dumps({"body": "print(time.time())"}))
    shard = Shard("made_up_job", config, config.read_text(), log)
    with log.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        second = threading.Thread(target=ray_jobs._run, args=(shard, ray_jobs.versions()))
        second.start()
        time.sleep(1)
        released = time.time()
    second.join(60)
    assert float(log.read_text()) > released
