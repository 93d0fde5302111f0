"""Reads tables in batches: a Parquet or CSV file (also gzipped), a folder of them, or a URL that polars opens. Knows no mapping's meaning.

Memory is bounded by a batch, for Parquet by some row groups. CSV is read row by row, so that a broken row costs that row only.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.platform.count import BYTES, Count, Open, counting, opener, plainly, uncounted
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.mapping import Source

_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv", ".csv.gz": "csv", ".tsv.gz": "csv"}
_MAX_FIELD_CHARACTERS = 64 * 2**20
_LISTED = 40
_FILE = "\0file"


@dataclass(frozen=True)
class Batch:
    """Rows of one file. `lines` are their places in it, from 1 (CSV: lines of text); `broken` are places and reasons."""

    file: str
    lines: Sequence[int]
    rows: pl.DataFrame
    broken: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Table:
    """A table in one or more files of one kind. `schema` is the first file's."""

    name: str
    files: tuple[str, ...]
    labels: Mapping[str, str]
    options: Source
    is_csv: bool
    schema: pl.Schema

    def batches(
        self, columns: Sequence[str], n_rows: int, count: Count = uncounted, of: str = "events"
    ) -> Iterator[Batch]:
        """All rows, in batches of at most `n_rows`, with these columns. Raises DropError where a file is damaged or lacks one.

        `of`: what is counted; in Parquet rows, in text bytes, since nobody knows how many rows it has.
        """
        if self.is_csv:
            local = [Path(file) for file in self.files if not _is_url(file)]
            with _readable(self.name), opener(local, f"{BYTES} of {of}", count) as open_:
                for file in self.files:
                    with _readable(file):
                        yield from self._csv(file, columns, n_rows, open_)
            return
        # Where nobody looks on, no file is asked how many rows it has: it may be far away.
        with counting(0 if count is uncounted else self._n_parquet_rows(), f"rows of {of}", count) as step:
            for file in self.files:
                with _readable(file):
                    for batch in self._parquet(file, columns, n_rows):
                        yield batch
                        step(batch.rows.height)

    def _n_parquet_rows(self) -> int:
        n_rows = 0
        for file in self.files:
            with _readable(file):
                n_rows += int(pl.scan_parquet(file).select(pl.len()).collect().item())
        return n_rows

    def _parquet(self, file: str, columns: Sequence[str], n_rows: int) -> Iterator[Batch]:
        scan = pl.scan_parquet(file, include_file_paths=_FILE)
        names = scan.collect_schema().names()
        wanted = [pl.nth(place) for place in _places(columns, names, file)]
        seen: dict[str, int] = {}
        for frame in scan.select(*wanted, pl.nth(names.index(_FILE))).collect_batches(chunk_size=n_rows):
            for part in frame.partition_by(_FILE, maintain_order=True):
                path = part[_FILE][0]
                first = seen.get(path, 0) + 1
                seen[path] = first + part.height - 1
                yield Batch(self._label(path), range(first, first + part.height), part.drop(_FILE))

    def _csv(self, file: str, columns: Sequence[str], n_rows: int, open_: Open) -> Iterator[Batch]:
        with _lines(file, self.options, open_) as opened:
            for path, lines in opened:
                rows = _numbered(lines, path, self.options)
                header = next(rows)[1]
                places = _places(columns, header, path)
                while batch := list(islice(rows, n_rows)):
                    yield _batch(self._label(path), batch, columns, places, len(header))

    def _label(self, path: str) -> str:
        return self.labels.get(path, path)


def open_table(location: str, options: Source) -> Table:
    """The table at a path or a URL. Raises DropError where there is none, or it cannot be read as a table."""
    files = (location,) if _is_url(location) else tuple(map(str, _local_files(Path(location).expanduser(), options)))
    kinds = {options.format or _format(file) for file in files}
    if len(kinds) != 1 or None in kinds:
        raise DropError(
            f"{location}: not all files are of one known kind ({', '.join(sorted(_FORMATS))}): "
            "pick them by source.files, or say source.format, in the mapping"
        )
    is_csv = kinds == {"csv"}
    base = Path(location).expanduser()
    labels = {file: Path(file).relative_to(base).as_posix() if base.is_dir() else Path(file).name for file in files}
    with _readable(files[0]):
        schema = _csv_schema(files[0], options) if is_csv else pl.scan_parquet(files[0]).collect_schema()
    return Table(location, files, {} if _is_url(location) else labels, options, is_csv, schema)


def _is_url(location: str) -> bool:
    return "://" in location


def listed(names: Iterable[str]) -> str:
    """Names for an error's text; of very many only the first."""
    names = list(names)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(map(repr, names[:_LISTED])) or "none") + more


def _local_files(location: Path, options: Source) -> list[Path]:
    if not location.exists():
        raise DropError(
            f"{location} does not exist: give a Parquet or CSV file, a folder of them, or hf://datasets/..."
        )
    if location.is_file():
        return [location]
    files = {file: file.relative_to(location) for file in sorted(location.rglob("*")) if file.is_file()}
    found = [
        file
        for file, inside in files.items()
        if not any(part.startswith(".") for part in inside.parts)
        and (inside.match(options.files) if options.files else _format(str(file)))
    ]
    if not found:
        there = listed(sorted(file.name for file in location.iterdir()))
        raise DropError(f"{location} has no file such as {options.files or '*.parquet or *.csv'}; there are: {there}")
    return found


def _format(file: str) -> str | None:
    name = file.lower().rsplit("/", 1)[-1]
    return next((kind for suffix, kind in _FORMATS.items() if name.endswith(suffix)), None)


def _csv_schema(file: str, options: Source) -> pl.Schema:
    with _lines(file, options, plainly) as opened:
        path, lines = next(opened)
        return pl.Schema(dict.fromkeys(next(_numbered(lines, path, options))[1], pl.String()))


@contextmanager
def _lines(file: str, options: Source, open_: Open) -> Iterator[Iterator[tuple[str, Iterator[str]]]]:
    """Each file's path and lines; several where a URL has a `*`. Bytes that are no text become halves of surrogate pairs."""
    if _is_url(file):
        scan = pl.scan_lines(file, include_file_paths=_FILE)
        pairs = (pair for frame in scan.collect_batches(chunk_size=1_000) for pair in frame.iter_rows())
        yield ((path, (f"{line}\n" for line, _ in group)) for path, group in groupby(pairs, key=lambda pair: pair[1]))
        return
    encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
    with open_(Path(file)) as stored:
        whole = gzip.GzipFile(fileobj=stored) if file.lower().endswith(".gz") else stored
        text = io.TextIOWrapper(whole, encoding=encoding, errors="surrogateescape", newline="")
        yield iter([(file, iter(text))])


def _numbered(lines: Iterator[str], path: str, options: Source) -> Iterator[tuple[int, list[str]]]:
    """The header, then each row that is not empty, with the number of its first line."""
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    delimiter = options.delimiter or ("\t" if ".tsv" in path.lower() else ",")
    reader = csv.reader(lines, delimiter=delimiter)
    header: list[str] | None = None
    before = 0
    try:
        for row in reader:
            if row and header is None:
                header = row
                twice = sorted({name for name in row if row.count(name) > 1})
                if twice:
                    raise DropError(f"{path} has more than one column {listed(twice)}: rename them in its first line")
            if row:
                yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise DropError(f"{path} line {before + 1}: {error}: is a quote left open?") from None
    if header is None:
        raise DropError(f"{path} is empty: its first line has to name the columns")


def _batch(
    label: str, numbered: list[tuple[int, list[str]]], columns: Sequence[str], places: list[int], width: int
) -> Batch:
    good, broken = [], []
    is_text = _is_text("".join(map("".join, (row for _, row in numbered))))
    for line, row in numbered:
        if len(row) != width:
            broken.append((line, "wrong_number_of_columns"))
        elif not is_text and not _is_text("".join(row)):
            broken.append((line, "bad_encoding"))
        else:
            good.append((line, row))
    data = {name: [row[place] for _, row in good] for name, place in zip(columns, places, strict=True)}
    frame = pl.DataFrame(data, schema=dict.fromkeys(columns, pl.String()))
    return Batch(label, [line for line, _ in good], frame, broken)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _places(columns: Sequence[str], names: Sequence[str], file: str) -> list[int]:
    missing = [name for name in columns if name not in names]
    if missing:
        there = listed(name for name in names if name != _FILE)
        raise DropError(f"{file} has no column {listed(missing)}, which other files of the table have; it has: {there}")
    return [names.index(name) for name in columns]


@contextmanager
def _readable(file: str) -> Iterator[Any]:
    try:
        yield
    except (OSError, EOFError, zlib.error, UnicodeError, pl.exceptions.PolarsError) as error:
        what = " ".join(str(error).split())[:200]
        raise DropError(f"{file} cannot be read as a table ({type(error).__name__}: {what})") from None
