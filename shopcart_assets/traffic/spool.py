"""Parquet on this machine's disk while a day is built, so that memory is bounded by a batch. Personal data: gone with its process."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import polars as pl

from shopcart_assets.platform.jobs import is_alive


class Frames(Protocol):
    """Frames of one schema, one after the other: on disk, or, where a day is small, in memory."""

    def add(self, frame: pl.DataFrame) -> None:
        """Takes the next frame."""
        ...

    def each(self) -> Iterator[pl.DataFrame]:
        """The frames as they were added."""
        ...

    def scan(self) -> pl.LazyFrame:
        """All rows, in the order of adding."""
        ...


class Held:
    """Frames in memory: for a day of tests, of a benchmark, of one page."""

    def __init__(self, schema: pl.Schema) -> None:
        self._frames = [pl.DataFrame(schema=schema)]

    def add(self, frame: pl.DataFrame) -> None:
        """See Frames."""
        self._frames.append(frame)

    def each(self) -> Iterator[pl.DataFrame]:
        """See Frames."""
        return iter(self._frames[1:])

    def scan(self) -> pl.LazyFrame:
        """See Frames."""
        return pl.concat(self._frames).lazy()


class Spool:
    """Frames of one schema, written as they come and scanned as one. The files go when nothing refers to the spool any more."""

    def __init__(self, scratch: Path, schema: pl.Schema) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        sweep(scratch)
        self._folder = tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=scratch)
        self._schema = schema
        self.parts: list[Path] = []

    def next_part(self) -> Path:
        """Where the next part is to be written, by this process or by a worker; parts are scanned in the order of asking."""
        part = Path(self._folder.name) / f"{len(self.parts):06d}.parquet"
        self.parts.append(part)
        return part

    def add(self, frame: pl.DataFrame | pl.LazyFrame) -> None:
        """Writes the frame as the next part."""
        frame.lazy().sink_parquet(self.next_part(), compression="lz4")

    def extend(self, frames: Iterable[pl.DataFrame]) -> None:
        """Writes each frame as a part."""
        for frame in frames:
            self.add(frame)

    def each(self) -> Iterator[pl.DataFrame]:
        """The parts as they were added, one in memory at a time; the files stay until the last one."""
        for part in self.parts:
            yield pl.read_parquet(part)

    def collect(self) -> pl.DataFrame:
        """All parts in memory."""
        return self.scan().collect()

    def scan(self) -> pl.LazyFrame:
        """All parts, those that were never written left out."""
        written = [part for part in self.parts if part.exists()]
        return pl.scan_parquet(written) if written else pl.LazyFrame(schema=self._schema)


def sweep(scratch: Path) -> None:
    """Removes what processes left that were killed."""
    for folder in scratch.iterdir() if scratch.is_dir() else ():
        owner = folder.name.split("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
