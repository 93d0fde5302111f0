"""Hostile pages, shoppers and models go through the real pipeline; a real browser opens what people look at. Nothing runs, no key is kept."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shopcart_assets.platform.page_file import REPORT, SESSIONS, STORY
from tests.ports import free_port
from tests.security.hostile import PAYLOADS, POLICY, HostileServer, configure
from tests.traffic.importers import browser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECRETS = {
    name: f"hunter2-{name.lower()}"
    for name in ("SHOPCART_SECRET", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "SHOPCART_SERVER_KEY")
}
CONTROL = f"""<html><body>{"".join(PAYLOADS)}<a href="javascript:pwned(99)">look</a>
<img src="https://evil.example/99.png"></body></html>"""


@dataclass(frozen=True)
class Home:
    """Where the pipeline has run, and what it printed."""

    folder: Path
    environment: dict[str, str]
    printed: str
    keys: set[str]
    """What the model's server was sent for authentication."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("hostile")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SHOPCART_", "DAGSTER_"))}
    environment = (
        own | SECRETS | {"PYTHONPATH": str(ROOT), "SHOPCART_STATE": str(folder / "state"), "OMP_NUM_THREADS": "1"}
    )
    with HostileServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configure(folder, server.url)
        command = [sys.executable, "-m", "tests.security.hostile"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1_200)
        server.shutdown()
        keys = {
            value for one in server.headers for name, value in one.items() if name in ("x-api-key", "authorization")
        }
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Home(folder, environment, done.stdout + done.stderr, keys)


@dataclass(frozen=True)
class Visitor:
    """A browser; `driver` is the folder from which it is driven, `scratch` one for what it is told and tells."""

    driver: Path
    scratch: Path

    def visit(self, *pages: Mapping[str, object]) -> dict[str, Any]:
        """What a person's browser tells of these pages: see visit.mjs."""
        asked, out = self.scratch / "pages.json", self.scratch / "seen.json"
        asked.write_text(json.dumps(pages))
        command = ["node", str(Path(__file__).with_name("visit.mjs")), str(asked), str(out)]
        done = subprocess.run(command, cwd=self.driver, capture_output=True, text=True, timeout=1_500)
        assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2000:]}"
        seen: dict[str, Any] = json.loads(out.read_text())
        return seen


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    if gone := browser.missing():
        pytest.skip(gone)
    return Visitor(browser.install(tmp_path_factory.mktemp("driver")), tmp_path_factory.mktemp("visits"))


def test_no_secret_is_kept_or_shown(home: Home) -> None:
    """The keys were used; in the lake, in Dagster's storage and logs and in what was printed there is none."""
    assert any(SECRETS["SHOPCART_SERVER_KEY"] in key for key in home.keys)
    assert not any(
        other in key for key in home.keys for name, other in SECRETS.items() if name != "SHOPCART_SERVER_KEY"
    )
    assert "hunter2" not in home.printed
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert not [str(path) for path in files if b"hunter2" in path.read_bytes()]


def _assert_nothing_ran(seen: dict[str, Any]) -> None:
    assert {name: found for name, found in seen.items() if name not in ("texts", "opened") and found} == {}


def test_the_browser_would_tell(visitor: Visitor) -> None:
    """What it must find where nothing is escaped: else the other tests could not fail."""
    control = visitor.scratch / "control.html"
    control.write_text(CONTROL)
    seen = visitor.visit({"url": control.as_uri()})
    assert {1, 2, 3, 8, 9, 11, 12} <= set(seen["ran"]), seen["ran"]
    assert "https://evil.example/99.png" in seen["asked"]
    assert any("javascript:pwned" in one for one in seen["planted"])


def test_nothing_runs_in_the_report_and_in_the_stories(home: Home, visitor: Visitor) -> None:
    folder = home.folder / "state" / "report"
    report, *stories = (
        path.as_uri() for path in (folder / REPORT, folder / STORY, *(folder / SESSIONS).glob("*.html"))
    )
    assert len(stories) > 1
    seen = visitor.visit(*({"url": page} for page in (report, *stories)))
    _assert_nothing_ran(seen)
    assert POLICY in seen["texts"][report]
    told = "".join(seen["texts"][page] for page in stories)
    assert sum(payload in told for payload in PAYLOADS) >= 8, "payloads are there, as text"


def test_nothing_runs_in_the_ui(home: Home, visitor: Visitor) -> None:
    with _web_server(home) as address:
        found = _ask(address, "{ runsOrError(limit: 5) { ... on Runs { results { runId } } } }")
        runs = [f"{address}/runs/{run['runId']}" for run in found["data"]["runsOrError"]["results"]]
        shows = {
            "evaluation/story": "[Show Markdown]",
            "context/contexts": "pwned",
            "report/page": "[Show Markdown]",
            "evaluation/leaderboard": "[Show Markdown]",
            "reasoning/rationales": "Latest materialization",
        }
        story, contexts, *others = (f"{address}/assets/{one}" for one in shows)
        seen = visitor.visit(
            *(
                {"url": page, "wait_for": text, "n_opens": 3}
                for page, text in zip((story, contexts, *others), shows.values(), strict=True)
            ),
            *({"url": page, "wait_for": "RUN_SUCCESS", "n_opens": 1} for page in runs),
        )
    _assert_nothing_ran(seen)
    assert seen["opened"].get(story) and "pwned" in seen["texts"][story], "what the models said is there, as text"
    assert "pwned" in seen["texts"][contexts]


@contextmanager
def _web_server(home: Home) -> Iterator[str]:
    """The UI's web server and its code server, without the daemon, which would go on to evaluate. Gives the address."""
    port = free_port()
    command = [sys.executable, "-m", "dagster_webserver", "-w", str(ROOT / "workspace.yaml"), "-h", "127.0.0.1"]
    environment = home.environment | {"DAGSTER_HOME": str(home.folder / "state" / "dagster")}
    with (home.folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-p", str(port)],
            cwd=home.folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, home.folder / "web.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            _ask(address, "{ version }")
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the web server did not answer within five minutes")


def _ask(address: str, query: str) -> Any:
    request = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)
