"""The real `shopcart ui` for tests: its web server, its daemon and its code server, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg

from tests.ports import free_port


class Ui:
    """A UI at a free port, started in `folder`, whose shopcart.yaml and policies.yaml it reads."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = os.environ | environment

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ready to answer; killed with all its children in the end."""
        command = [str(Path(sys.executable).with_name("shopcart")), "ui", "--port", str(self.port)]
        with (self.folder / "ui.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_until_it_answers(process)
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        for _ in range(240):
            if process.poll() is not None:
                raise AssertionError((self.folder / "ui.log").read_text()[-2000:])
            try:
                self.ask("{ version }")
            except OSError:
                time.sleep(0.5)
            else:
                return
        raise AssertionError("the UI did not answer within two minutes")

    def ask(self, query: str, **variables: Any) -> Any:
        """One call of the UI's GraphQL."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)


def workers(instance: dg.DagsterInstance, run_id: str) -> list[int]:
    """The id of the process that the daemon launched for a run, once it is known."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    told = [event.message for event in events if event.message.startswith("Started process for run (pid: ")]
    return [int(told[-1].split("pid: ")[1].split(")")[0])] if told else []


def kill(pid: int) -> bool:
    """Whether there was such a process; it is gone now."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
