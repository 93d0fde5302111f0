"""rrweb recordings as a raw drop: files to recordings, each recording in the order of its time. What events mean: rrweb_events.

All events go through one scratch file, so that the chunks of a recording may lie in several files and in any order, windows may be
interleaved, and only one recording at a time is in memory.
"""

import json
import re
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from shopcart_assets.platform.count import BYTES, Advance, Count, Open, opener, uncounted
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.deliver import Delivery, DropWriter
from shopcart_assets.traffic.importers.json_stream import Damaged, values
from shopcart_assets.traffic.importers.rrweb_events import Interpreter
from shopcart_assets.traffic.importers.rrweb_exports import NoEvent, Owner, events, unpacked
from shopcart_assets.traffic.times import from_milliseconds

KIND = "rrweb"
_NAME = re.compile(r"(.+?)\.(?:json|jsonl|ndjson)(?:\.gz)?")
_LOST = b"lost"
_BAD_DATA = (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError)


@dataclass
class _Stream:
    """Where one recording's events lie in the scratch file, in the order in which they were delivered."""

    owner: Owner
    times: "array[float]" = field(default_factory=lambda: array("d"))
    offsets: "array[int]" = field(default_factory=lambda: array("q"))

    latest: float = 0.0

    def add(self, ms: float, offset: int) -> None:
        self.times.append(ms)
        self.offsets.append(offset)
        self.latest = max(self.latest, ms)

    def in_order(self) -> Iterator[tuple[float, int]]:
        """Times and offsets by time; events of the same moment as they were delivered."""
        for at in sorted(range(len(self.times)), key=lambda at: self.times[at]):
            yield self.times[at], self.offsets[at]


def import_rrweb(
    source: Path, out: Path, *, consent_ground: str | None = None, user: str | None = None, count: Count = uncounted
) -> Delivery:
    """Imports a recording, or a folder of them, as the drop `out`. Raises DropError where there is nothing to import.

    A plain list of events is one session, named after its file; its user is `user`, else the file's name too. In exports sessions,
    windows and users have their own names; a window's rows carry its `window_id`. With `consent_ground` every user has consented from their first event on, on that ground.
    """
    files = _recordings(source)
    notes: dict[str, Any] = {"source": source.name}
    with (
        DropWriter(out, KIND, notes) as drop,
        tempfile.TemporaryFile(dir=out.expanduser().resolve().parent) as scratch,
    ):
        intake = _Intake(drop, scratch, files, user)
        streams = intake.read(count)
        advance = count(sum(len(stream.times) for stream in streams), "events")
        counts, first_seen, n_lost_nodes = Counter[str](), dict[str, float](), 0
        for stream in streams:
            interpreter = _import_stream(stream, drop, scratch, files, advance)
            counts += interpreter.counts
            n_lost_nodes += interpreter.n_lost_nodes
            owner = str(stream.owner.user)
            first_seen[owner] = min(first_seen.get(owner, stream.latest), *stream.times)
        for name, ms in first_seen.items() if consent_ground else ():
            drop.consent(name, "granted", from_milliseconds(ms), str(consent_ground))
        notes |= {"n_recordings": len(streams), "n_read": intake.n_read, "recorded": dict(sorted(counts.items()))}
        notes |= {"n_lost_nodes": n_lost_nodes}
    if drop.delivery is None:
        raise RuntimeError("the drop was not written")
    return drop.delivery


def _recordings(source: Path) -> list[tuple[Path, str]]:
    """The files with their names inside the source."""
    if not source.exists():
        raise DropError(f"{source} is not there: give a recording, or a folder of recordings")
    if source.is_file():
        return [(source, source.name)]
    found = sorted(file for file in source.rglob("*") if file.is_file() and _NAME.fullmatch(file.name))
    if not found:
        raise DropError(
            f"{source} has no recordings: none of its files is called .json, .jsonl or .ndjson, or one of them .gz"
        )
    return [(file, file.relative_to(source).as_posix()) for file in found]


@dataclass
class _Intake:
    """Reads all files into the scratch file: a line an event, `<number of the file> <line or item> <the event as JSON>`."""

    drop: DropWriter
    scratch: IO[bytes]
    files: Sequence[tuple[Path, str]]
    user: str | None
    n_read: int = 0
    _streams: dict[Owner, _Stream] = field(default_factory=dict)
    _size: int = 0

    def read(self, count: Count) -> list[_Stream]:
        """The recordings, in the order of their names. `n_read` events were read, those included that were refused."""
        with opener([file for file, _ in self.files], f"{BYTES} read", count) as open_:
            self._read(open_)
        return sorted(self._streams.values(), key=lambda stream: _rank(stream.owner))

    def _read(self, open_: Open) -> None:
        for number, (file, name) in enumerate(self.files):
            owner = self._named(name)
            seen: dict[Owner, _Stream] = {}
            for line, value in values(file, open_):
                if isinstance(value, Damaged):
                    self._refuse(name, line, value.reason, seen, number)
                    continue
                for found, event in events(value, owner):
                    if isinstance(event, NoEvent):
                        self._refuse(name, line, event.reason, seen, number)
                    else:
                        self._keep(number, line, found, event, seen)

    def _named(self, name: str) -> Owner:
        """The owner of a plain recording."""
        match = _NAME.fullmatch(name)
        stem = match[1] if match else name
        return Owner(self.user or Path(stem).name, stem)

    def _keep(self, number: int, line: int, owner: Owner, event: dict[str, Any], seen: dict[Owner, _Stream]) -> None:
        ms = float(event["timestamp"])
        try:
            from_milliseconds(ms)
        except ValueError:
            self._refuse(self.files[number][1], line, "bad_timestamp", seen, number)
            return
        stream = seen[owner] = self._streams.setdefault(owner, _Stream(owner))
        self.n_read += 1
        self._write(stream, ms, number, line, json.dumps(event, separators=(",", ":")).encode())

    def _refuse(self, name: str, line: int, reason: str, seen: dict[Owner, _Stream], number: int) -> None:
        """Refuses what might have been an event of any of the file's recordings: from here on their pages are not known."""
        self.n_read += 1
        self.drop.refuse(name, line, reason)
        for stream in seen.values():
            self._write(stream, stream.latest, number, line, _LOST)

    def _write(self, stream: _Stream, ms: float, number: int, line: int, text: bytes) -> None:
        stream.add(ms, self._size)
        self._size += self.scratch.write(b"%d %d %s\n" % (number, line, text))


def _import_stream(
    stream: _Stream, drop: DropWriter, scratch: IO[bytes], files: Sequence[tuple[Path, str]], advance: Advance
) -> Interpreter:
    """Writes one recording's events and pages to the drop."""
    owner = stream.owner
    interpreter = Interpreter(drop, str(owner.user), str(owner.session), owner.window)
    last_ms = 0
    for number, line, text in _once(stream, scratch, drop, files):
        advance(1)
        if text == _LOST:
            interpreter.lose()
            continue
        event = json.loads(text)
        last_ms = round(event["timestamp"])
        try:
            interpreter.take(unpacked(event), last_ms)
        except _BAD_DATA:
            drop.refuse(files[number][1], line, "bad_data")
            interpreter.lose()
    interpreter.end(last_ms)
    return interpreter


def _once(
    stream: _Stream, scratch: IO[bytes], drop: DropWriter, files: Sequence[tuple[Path, str]]
) -> Iterator[tuple[int, int, bytes]]:
    """The recording's lines of the scratch file by time; what was delivered twice is refused."""
    seen: set[bytes] = set()
    before = 0.0
    for ms, offset in stream.in_order():
        scratch.seek(offset)
        number, line, text = scratch.readline().rstrip(b"\n").split(b" ", 2)
        if ms != before:
            before, seen = ms, set()
        if text in seen and text != _LOST:
            drop.refuse(files[int(number)][1], int(line), "duplicate_event")
            continue
        seen.add(text)
        yield int(number), int(line), text


def _rank(owner: Owner) -> tuple[str, str, str]:
    return owner.session or "", owner.window or "", owner.user or ""
