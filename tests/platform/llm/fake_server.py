"""A fake of a server that speaks /v1/messages and /v1/chat/completions, on the loopback interface. It speaks HTTP for real; the model behind it is invented."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATHS = ("/v1/messages", "/v1/messages/count_tokens", "/v1/chat/completions")


@dataclass
class Reply:
    """What the fake answers to one request. `promised` bytes more than it sends = a connection that breaks off."""

    status: int = 200
    body: dict[str, Any] | str = ""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int = 0


def message(text: str, model: str = "fake-1", stop_reason: str | None = "end_turn") -> Reply:
    """A whole message, as Anthropic's API documents it."""
    return Reply(
        body={
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": text}],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }
    )


def completion(text: str | None, model: str = "fake-1", finish_reason: str | None = "stop", **message: str) -> Reply:
    """A whole completion, as OpenAI's API documents it."""
    said = {"role": "assistant", "content": text, **message}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 4}}
    choices = [{"index": 0, "message": said, "finish_reason": finish_reason}]
    return Reply(body={"id": "c_1", "object": "chat.completion", "model": model, "choices": choices, "usage": usage})


def failure(status: int, kind: str, text: str = "no", **headers: str) -> Reply:
    """An error, as Anthropic's API documents it."""
    body = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_42"}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class FakeServer(ThreadingHTTPServer):
    """Answers from `script` in turn, then always by `otherwise`; remembers every request. `models` is its list, in pages."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[Reply] = []
        self.otherwise = message("I want the red mug.")
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.models: list[list[str]] = [[]]
        self.gets: list[str] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:
        """The model list, in pages where it is cut into several."""
        parts = urlsplit(self.path)
        after = parse_qs(parts.query).get("after_id", [""])[0]
        pages = self.server.models
        number = next((n for n, page in enumerate(pages[:-1], 1) if page and page[-1] == after), 0)
        body: dict[str, Any] = {"data": [{"id": one, "type": "model"} for one in pages[number]]}
        if len(pages) > 1:
            body |= {"has_more": number < len(pages) - 1, "last_id": pages[number][-1]}
        with self.server.lock:
            self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.server.gets.append(self.path)
        self._reply(Reply(body=body) if parts.path == "/v1/models" else failure(404, "not_found_error"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            self.server.bodies.append(body)
            self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = self.server.script.pop(0) if self.server.script else self.server.otherwise
        if self.path not in PATHS:
            reply = failure(404, "not_found_error")
        self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        payload = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(payload) + reply.promised))
        self.end_headers()
        self.wfile.write(payload)
        self.close_connection = bool(reply.promised)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def serve() -> Iterator[FakeServer]:
    """A running fake; gone when the block ends."""
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
