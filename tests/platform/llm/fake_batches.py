"""A fake of Anthropic's API with batches, on the loopback interface: in this process, or as one of its own that outlives its clients.

    python -m tests.platform.llm.fake_batches --state DIR [--port 0] [--end-after-seconds 0.5] [--dropped 0.1] ...

prints its address as the first line and remembers everything under DIR. Beside the API: GET /fake/bills is the billing log,
POST /fake/faults with a JSON list of names says what will go wrong with the next calls: drop (executed, never answered), busy
(429 with retry-after), limit (429 without), spend (400), overloaded (529), too-long (400), broken (500).
"""

import argparse
import datetime as dt
import importlib
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.platform.llm.fake_state import Rules, State, bills, error, n_tokens

FAULTS: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "busy": (429, "rate_limit_error", "Too many requests", {"retry-after": "0"}),
    "limit": (429, "rate_limit_error", "Monthly limit", {}),
    "spend": (400, "invalid_request_error", "You have reached your specified API usage limits.", {}),
    "overloaded": (529, "overloaded_error", "Overloaded", {"retry-after": "0"}),
    "too-long": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", {}),
    "broken": (500, "api_error", "Internal server error", {}),
}
_MAX_REQUESTS = 100_000


class FakeBatches(ThreadingHTTPServer):
    """The server. `state` is its memory."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, directory: Path, rules: Rules, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.directory = directory
        self.state = State(directory, rules)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeBatches

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")
        path = urlsplit(self.path).path
        if path == "/fake/faults":
            self.server.state.plan(*body)
            self._say(200, {})
        elif path == "/v1/messages/count_tokens":
            self._say(200, {"input_tokens": n_tokens(body)})
        elif path in ("/v1/messages", "/v1/messages/batches"):
            self._execute(body, self._create if path.endswith("batches") else self._answer)
        elif found := re.fullmatch(r"/v1/messages/batches/(\w+)/cancel", path):
            self.server.state.cancel(found[1])
            self._say_batch(found[1])
        else:
            self._refuse(404, "not_found_error", "no such address")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/fake/bills":
            self._say(200, [asdict(bill) for bill in bills(self.server.directory)])
        elif parts.path == "/v1/messages/batches":
            self._list({name: values[0] for name, values in parse_qs(parts.query).items()})
        elif found := re.fullmatch(r"/v1/messages/batches/(\w+)/results", parts.path):
            self._results(found[1])
        elif found := re.fullmatch(r"/v1/messages/batches/(\w+)", parts.path):
            self._say_batch(found[1])
        else:
            self._refuse(404, "not_found_error", "no such address")

    def do_DELETE(self) -> None:
        batch = self.path.rsplit("/", 1)[1]
        row = self.server.state.get(batch)
        if row is None:
            self._refuse(404, "not_found_error", "no such batch")
        elif row["ends"] > time.time():
            self._refuse(400, "invalid_request_error", "the batch is still processing")
        else:
            self.server.state.delete(batch)
            self._say(200, {"id": batch, "type": "message_batch_deleted"})

    def _execute(self, body: Any, execute: Callable[[Any], None]) -> None:
        state = self.server.state
        fault, call = state.next_fault(), state.call()
        if fault is None and state.is_drawn(state.rules.busy, "busy", call):
            fault = "busy"
        if fault in FAULTS:
            status, kind, text, headers = FAULTS[fault]
            self._say(status, error(kind, text), **headers)
            return
        self.is_dropped = fault == "drop" or state.is_drawn(state.rules.dropped, "drop", call)
        execute(body)

    def _create(self, body: Any) -> None:
        state, requests = self.server.state, body["requests"]
        ids = [one["custom_id"] for one in requests]
        if len(set(ids)) < len(ids) or not all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one) for one in ids):
            self._refuse(400, "invalid_request_error", "custom_id must be unique and of [a-zA-Z0-9_-]{1,64}")
        elif not 0 < len(ids) <= _MAX_REQUESTS:
            self._refuse(413, "request_too_large", "1 to 100,000 requests")
        else:
            batch = state.create(requests)
            time.sleep(state.rules.accept_seconds)
            self._drop() if self.is_dropped else self._say_batch(batch)

    def _answer(self, body: Any) -> None:
        state = self.server.state
        if n_tokens(body) > state.rules.max_prompt_tokens:
            self._refuse(400, "invalid_request_error", "prompt is too long")
            return
        message = state.message(body)
        self._drop() if self.is_dropped else self._say(200, message)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _list(self, query: dict[str, str]) -> None:
        limit = min(int(query.get("limit", 20)), self.server.state.rules.page)
        rows, has_more = self.server.state.page(query.get("after_id"), limit)
        data = [self._batch(row) for row in rows]
        ids = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        self._say(200, {"data": data, "has_more": has_more, **ids})

    def _say_batch(self, batch: str) -> None:
        row = self.server.state.get(batch)
        if row is None:
            self._refuse(404, "not_found_error", "no such batch")
        else:
            self._say(200, self._batch(row))

    def _batch(self, row: Any) -> dict[str, Any]:
        """Until the batch has ended, all its requests are processing and the results have no address."""
        has_ended = row["ends"] <= time.time()
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        counts |= self.server.state.counts(row["id"]) if has_ended else {"processing": row["n"]}
        return {
            "id": row["id"],
            "type": "message_batch",
            "processing_status": "ended" if has_ended else "in_progress",
            "request_counts": counts,
            "created_at": _iso(row["created"]),
            "ended_at": _iso(row["ends"]) if has_ended else None,
            "expires_at": _iso(row["created"] + 86_400),
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{self.server.url}/v1/messages/batches/{row['id']}/results" if has_ended else None,
        }

    def _results(self, batch: str) -> None:
        row = self.server.state.get(batch)
        if row is None or row["ends"] > time.time():
            self._refuse(404, "not_found_error", "no results")
            return
        payload = self.server.state.lines(batch).encode()
        is_cut = self.server.state.is_drawn(self.server.state.rules.cut, "cut", self.server.state.call())
        self._send(200, payload[: len(payload) // 2] if is_cut else payload, "application/binary", len(payload))

    def _refuse(self, status: int, kind: str, text: str) -> None:
        self._say(status, error(kind, text))

    def _say(self, status: int, body: Any, **headers: str) -> None:
        payload = json.dumps(body).encode()
        self._send(status, payload, "application/json", len(payload), **headers)

    def _send(self, status: int, payload: bytes, kind: str, promised: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(promised), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)
        self.close_connection = self.close_connection or promised > len(payload)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


@contextmanager
def serve(directory: Path, **rules: Any) -> Iterator[FakeBatches]:
    """A running fake; gone when the block ends, its memory stays."""
    server = FakeBatches(directory, Rules(**rules))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        server.state.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module's docstring. Every field of Rules is an option; `--answer module:function` invents other answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    for one in fields(Rules):
        kind = str if one.name == "answer" else type(one.default)
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=kind)
    said = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    directory, port = said.pop("state"), said.pop("port")
    if "answer" in said:
        module, _, function = said["answer"].partition(":")
        said["answer"] = getattr(importlib.import_module(module), function)
    server = FakeBatches(directory, Rules(**said), port)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
