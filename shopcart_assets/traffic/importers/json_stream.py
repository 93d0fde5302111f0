"""Big files of JSON, one value at a time: a list's items, lines, or values one behind the other. Knows nothing of what they mean.

What is damaged is said and not guessed: in files of lines the others go on, in a list nothing behind the damage can be trusted.
"""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from shopcart_assets.platform.count import Open, plainly

_BLOCK_BYTES = 2**20
_GZIP = b"\x1f\x8b"
_BLANK = re.compile(r"[\s,]*")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True)
class Damaged:
    """A place where no value could be read: not_json, too_deep, or torn where the file breaks off."""

    reason: str


def values(file: Path, open_: Open = plainly) -> Iterator[tuple[int, Any]]:
    """The file's values, each with its number from 1 (in files of lines: of its line), or Damaged in the place of one.

    A file that begins with a list of objects gives the list's items. Gzip is known by its first bytes. Raises OSError.
    """
    text = _text(open_(file))
    return _lines(text) if file.name.endswith(_LINES) else _numbered(text)


def _lines(text: Iterator[str | Damaged]) -> Iterator[tuple[int, Any]]:
    number, rest = 0, ""
    for block in text:
        if isinstance(block, Damaged):
            yield number + 1, block
            return
        *lines, rest = (rest + block).split("\n")
        for line in lines:
            number += 1
            if line.strip():
                yield number, _parsed(line)
    if rest.strip():
        value = _parsed(rest)
        yield number + 1, Damaged("torn") if isinstance(value, Damaged) else value


def _numbered(text: Iterator[str | Damaged]) -> Iterator[tuple[int, Any]]:
    """One value behind the other, as far as they can be read; a failed try is repeated with twice the text."""
    buffer = _Buffer(text)
    buffer.skip("\ufeff")
    is_list = re.match(r"\[\s*[\[{]", buffer.ahead(64)) is not None
    if is_list:
        buffer.at += 1
    number = 0
    while True:
        ahead = buffer.ahead(1)
        if is_list and ahead == "]":
            buffer.at += 1
            is_list = False
        elif not ahead:
            if buffer.damage or is_list:
                yield number + 1, Damaged("torn")
            return
        else:
            number += 1
            value = buffer.value()
            yield number, value
            if isinstance(value, Damaged):
                return


class _Buffer:
    """The text ahead, read when it is needed."""

    def __init__(self, text: Iterator[str | Damaged]) -> None:
        self._text, self._held = text, ""
        self.at = 0
        self.damage: Damaged | None = None

    def skip(self, mark: str) -> None:
        if self.ahead(1) == mark:
            self.at += 1

    def ahead(self, n: int) -> str:
        """The next characters behind white space and commas; fewer at the end."""
        while True:
            match = _BLANK.match(self._held, self.at)
            self.at = match.end() if match else self.at
            if len(self._held) - self.at >= n or not self._read():
                return self._held[self.at : self.at + n]

    def value(self) -> Any:
        decoder = json.JSONDecoder()
        while True:
            try:
                value, self.at = decoder.raw_decode(self._held, self.at)
                return value
            except RecursionError:
                return Damaged("too_deep")
            except ValueError:
                if not self._read(max(_BLOCK_BYTES, len(self._held) - self.at)):
                    return Damaged("torn" if self.damage or self._breaks_off() else "not_json")

    def _breaks_off(self) -> bool:
        """Whether what cannot be read would be a value if only the file went on: then the error is at its end."""
        try:
            json.loads(self._held[self.at :])
        except json.JSONDecodeError as error:
            return error.pos >= len(self._held) - self.at or error.msg.startswith("Unterminated")
        return False

    def _read(self, n: int = 1) -> bool:
        """Reads at least `n` characters more, if there are any."""
        pieces, length = [self._held[self.at :]], 0
        while length < n:
            block = next(self._text, None)
            if block is None or isinstance(block, Damaged):
                self.damage = block or self.damage
                break
            pieces.append(block)
            length += len(block)
        self._held, self.at = "".join(pieces), 0
        return length > 0


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except RecursionError:
        return Damaged("too_deep")
    except ValueError:
        return Damaged("not_json")


def _text(file: BinaryIO) -> Iterator[str | Damaged]:
    """The file's text in blocks; Damaged at the end where the compression breaks off. Bytes that are not UTF-8 become U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for block in _blocks(file):
        if isinstance(block, Damaged):
            yield block
            return
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _blocks(file: BinaryIO) -> Iterator[bytes | Damaged]:
    with file as source:
        is_packed = source.read(2) == _GZIP
        source.seek(0)
        if is_packed:
            yield from _unpacked(source)
        else:
            yield from iter(lambda: source.read(_BLOCK_BYTES), b"")


def _unpacked(source: BinaryIO) -> Iterator[bytes | Damaged]:
    """What the gzip members hold, in blocks, up to the place where one is damaged or breaks off."""
    unpack, is_open = zlib.decompressobj(wbits=31), False
    try:
        while block := source.read(_BLOCK_BYTES):
            while block:
                is_open = True
                yield unpack.decompress(block, _BLOCK_BYTES)
                block = unpack.unconsumed_tail
                if unpack.eof:
                    block = unpack.unused_data.lstrip(b"\0")
                    unpack, is_open = zlib.decompressobj(wbits=31), False
        yield unpack.flush() if is_open else b""
    except zlib.error:
        yield Damaged("torn")
        return
    if is_open and not unpack.eof:
        yield Damaged("torn")
