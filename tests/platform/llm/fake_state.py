"""What the fake of a batches server remembers, in one SQLite file: batches, results, and a log of every request that was billed.

The model behind it is invented: what it answers, how long it takes and what goes wrong follows from `Rules` and a request's
words alone, so that two runs with one seed are alike. No HTTP here.
"""

import hashlib
import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopcart_assets.platform.tokens import estimate_tokens

Params = Mapping[str, Any]

_SCHEMA = """
create table if not exists batches (id text primary key, seq integer, n integer, created real, ends real, state text);
create table if not exists results (batch text, custom_id text, kind text, line text);
create table if not exists bills (sha text, custom_id text, batch text, input_tokens integer, output_tokens integer);
create table if not exists faults (seq integer primary key autoincrement, name text);
"""


def say(params: Params) -> str:
    """The default answer: a sentence, or JSON of the wanted schema around one."""
    sentence = f"I want to look closer at offer {sha(params)[:6]} because the price suits me."
    wanted = params.get("output_config", {}).get("format", {}).get("schema")
    return sentence if wanted is None else json.dumps(_fitting(wanted, sentence))


def _fitting(schema: Mapping[str, Any], sentence: str) -> object:
    match schema.get("type"):
        case "object":
            return {name: _fitting(part, sentence) for name, part in schema["properties"].items()}
        case "array":
            return [_fitting(schema["items"], sentence)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return sentence


@dataclass(frozen=True)
class Rules:
    """How the server behaves. Rates are shares of rows or of calls; `seed` draws them."""

    end_after_seconds: float = 0.0
    accept_seconds: float = 0.0
    """Between accepting a batch and saying so: the time in which a client may die."""
    page: int = 20
    max_prompt_tokens: int = 200_000
    errored: float = 0.0
    invalid: float = 0.0
    expired: float = 0.0
    canceled: float = 0.0
    refused: float = 0.0
    dropped: float = 0.0
    """Calls that are executed, but never answered: the connection breaks."""
    busy: float = 0.0
    cut: float = 0.0
    """Downloads of results that break off in the middle."""
    seed: int = 0
    answer: Callable[[Params], str] = field(default=say)


class State:
    """One server's memory, safe for its threads; another process may read the file while it runs."""

    def __init__(self, directory: Path, rules: Rules) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.rules = rules
        self.lock = threading.RLock()
        self.db = sqlite3.connect(directory / "fake.sqlite", check_same_thread=False, isolation_level=None)
        self.db.executescript(f"pragma journal_mode=wal; {_SCHEMA}")
        self.n_calls = 0

    def close(self) -> None:
        self.db.close()

    def is_drawn(self, rate: float, *what: object) -> bool:
        """Whether a thing that happens at this rate happens to this."""
        return random.Random(f"{self.rules.seed}/{what}").random() < rate

    def call(self) -> int:
        """The number of this call, to draw faults of calls by."""
        with self.lock:
            self.n_calls += 1
            return self.n_calls

    def plan(self, *faults: str) -> None:
        """What will go wrong with the next calls that ask for answers, one after the other."""
        self.db.executemany("insert into faults (name) values (?)", [(name,) for name in faults])

    def next_fault(self) -> str | None:
        with self.lock:
            rows = self.db.execute("select seq, name from faults order by seq limit 1").fetchall()
            for seq, name in rows:
                self.db.execute("delete from faults where seq = ?", (seq,))
                return str(name)
            return None

    def create(self, requests: Sequence[Mapping[str, Any]]) -> str:
        """Executes a batch: what each row will come to is settled, and billed, here."""
        with self.lock, self.db:
            self.db.execute("begin immediate")
            (seq,) = self.db.execute("select count(*) from batches").fetchone()
            batch, now = f"msgbatch_{seq:06d}", time.time()
            rows = [self._row(batch, one["custom_id"], one["params"]) for one in requests]
            random.Random(f"{self.rules.seed}/{batch}").shuffle(rows)
            self.db.executemany("insert into results values (?, ?, ?, ?)", [(batch, *row) for row in rows])
            ends = now + self.rules.end_after_seconds
            self.db.execute("insert into batches values (?, ?, ?, ?, ?, 'open')", (batch, seq, len(rows), now, ends))
        return batch

    def _row(self, batch: str, custom_id: str, params: Params) -> tuple[str, str, str]:
        kind, result = self._result(batch, custom_id, params)
        return (
            custom_id,
            kind,
            json.dumps({"custom_id": custom_id, "result": {"type": kind, **result}}, ensure_ascii=False),
        )

    def _result(self, batch: str, custom_id: str, params: Params) -> tuple[str, dict[str, Any]]:
        rules = self.rules
        if n_tokens(params) > rules.max_prompt_tokens or self.is_drawn(rules.invalid, "invalid", custom_id):
            return "errored", {"error": error("invalid_request_error", "prompt is too long")}
        for kind, rate in (("errored", rules.errored), ("expired", rules.expired), ("canceled", rules.canceled)):
            if self.is_drawn(rate, kind, batch, custom_id):
                return kind, {"error": error("api_error", "Internal server error")} if kind == "errored" else {}
        return "succeeded", {"message": self.message(params, custom_id, batch)}

    def message(self, params: Params, custom_id: str | None = None, batch: str | None = None) -> dict[str, Any]:
        """An answer, which is billed."""
        words, text, stop = sha(params), self.rules.answer(params), "end_turn"
        if self.is_drawn(self.rules.refused, "refused", words):
            text, stop = "", "refusal"
        if estimate_tokens(text) > params["max_tokens"]:
            text, stop = " ".join(text.split(" ")[: params["max_tokens"]]), "max_tokens"
        usage = {"input_tokens": n_tokens(params), "output_tokens": estimate_tokens(text)}
        with self.lock:
            bill = (words, custom_id, batch, usage["input_tokens"], usage["output_tokens"])
            self.db.execute("insert into bills values (?, ?, ?, ?, ?)", bill)
        return {
            "id": f"msg_{words[:12]}",
            "type": "message",
            "role": "assistant",
            "model": params["model"],
            "content": [{"type": "text", "text": text}],
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": usage,
        }

    def page(self, after: str | None, limit: int) -> tuple[list[sqlite3.Row], bool]:
        """A page of batches, the newest first, and whether there are more."""
        with self.lock:
            (before,) = self.db.execute("select seq from batches where id = ?", (after,)).fetchone() or (1 << 60,)
            query = "select * from batches where seq < ? and state <> 'deleted' order by seq desc limit ?"
            rows = self._rows(query, before, limit + 1)
        return rows[:limit], len(rows) > limit

    def get(self, batch: str) -> sqlite3.Row | None:
        with self.lock:
            rows = self._rows("select * from batches where id = ? and state <> 'deleted'", batch)
        return rows[0] if rows else None

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with closing(self.db.cursor()) as cursor:
            cursor.row_factory = sqlite3.Row
            return cursor.execute(query, values).fetchall()

    def counts(self, batch: str) -> dict[str, int]:
        query = "select kind, count(*) from results where batch = ? group by kind"
        with self.lock:
            return dict(self.db.execute(query, (batch,)).fetchall())

    def lines(self, batch: str) -> str:
        """The results: JSON lines, shuffled."""
        with self.lock:
            rows = self.db.execute("select line from results where batch = ?", (batch,)).fetchall()
        return "".join(f"{line}\n" for (line,) in rows)

    def end(self) -> None:
        """All batches have ended now."""
        with self.lock:
            self.db.execute("update batches set ends = 0")

    def cancel(self, batch: str) -> None:
        """Ends a batch that is under way: nothing of it is answered or billed."""
        with self.lock, self.db:
            self.db.execute("begin immediate")
            self.db.execute("delete from bills where batch = ?", (batch,))
            for custom_id, _ in self.db.execute(
                "select custom_id, kind from results where batch = ?", (batch,)
            ).fetchall():
                line = json.dumps({"custom_id": custom_id, "result": {"type": "canceled"}})
                update = "update results set kind = 'canceled', line = ? where batch = ? and custom_id = ?"
                self.db.execute(update, (line, batch, custom_id))
            self.db.execute("update batches set ends = 0 where id = ?", (batch,))

    def delete(self, batch: str) -> None:
        with self.lock, self.db:
            self.db.execute("begin immediate")
            self.db.execute("delete from results where batch = ?", (batch,))
            self.db.execute("update batches set state = 'deleted' where id = ?", (batch,))


@dataclass(frozen=True)
class Bill:
    """One request that was paid for. `sha` is of its words: the same online and in a batch.

    It cannot tell a further sample of a request where no seed is sent (Claude takes none); `custom_id`, of its key, does.
    """

    sha: str
    custom_id: str | None
    batch: str | None
    input_tokens: int
    output_tokens: int


def bills(directory: Path) -> list[Bill]:
    """The billing log of a fake that keeps its state there, running or not."""
    with closing(sqlite3.connect(directory / "fake.sqlite")) as db:
        return [Bill(*row) for row in db.execute("select * from bills").fetchall()]


def n_tokens(params: Params) -> int:
    """How many tokens the fake counts in a request: what platform/tokens.py estimates of each text, and four more a text."""
    texts = [_text(params.get("system") or ""), *said(params)]
    schema = params.get("output_config", {}).get("format", {}).get("schema")
    texts += [json.dumps(schema, separators=(",", ":"))] if schema else []
    return sum(estimate_tokens(text) + 4 for text in texts)


def said(params: Params) -> list[str]:
    """The texts of a request's messages; a message may have several."""
    contents = [one["content"] for one in params["messages"]]
    blocks = [[{"text": one}] if isinstance(one, str) else one for one in contents]
    return [block.get("text", "") for one in blocks for block in one]


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)


def error(kind: str, message: str) -> dict[str, Any]:
    """An error, as Anthropic's API documents it."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_42"}


def sha(params: Params) -> str:
    """Of what changes the answer: not of cache_control."""
    text = json.dumps(
        [params["model"], _text(params.get("system") or ""), [_text(one["content"]) for one in params["messages"]]]
    )
    more = json.dumps(
        [params.get(name) for name in ("max_tokens", "output_config", "thinking", "temperature", "seed")],
        sort_keys=True,
    )
    return hashlib.sha256((text + more).encode()).hexdigest()
