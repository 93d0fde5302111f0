"""A column, or a part of a nested one, as text or as UTC times, whatever its type. Knows no contract field and reads no files."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl
from polars.datatypes import DataTypeClass

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.origins import EPOCH_UNITS, Moment
from shopcart_assets.traffic.importers.table.source import listed
from shopcart_assets.traffic.times import parse_time

_MICROSECONDS = pl.Datetime("us", "UTC")
_MAX_EPOCH_MICROSECONDS = 10**16  # the year 2286; beyond it products would overflow
_ZONED = ("%z", "%:z", "%#z", "%+")


@dataclass(frozen=True)
class Column:
    """What a path leads to. `json` is the column of JSON texts that the path goes into, if it does."""

    path: str
    raw: pl.Expr
    dtype: pl.DataType
    json: pl.Expr | None = None

    def text(self, missing: Sequence[str] = ()) -> pl.Expr:
        """As text; null where it is empty or one of `missing`, or cannot be text. Raises DropError on a list or a struct."""
        text = self._text()
        return pl.when(~text.is_in(["", *missing])).then(text)

    def object_text(self, missing: Sequence[str] = ()) -> pl.Expr:
        """A struct as JSON text; text as it is. Raises DropError on anything else."""
        if isinstance(self.dtype, pl.Struct):
            return pl.when(self.raw.is_not_null()).then(self.raw.struct.json_encode())
        if self.dtype != pl.String():
            raise DropError(f"{self.path} is a {self.dtype}: it has to be a struct or text that is a JSON object")
        return self.text(missing)

    def is_given(self, missing: Sequence[str] = ()) -> pl.Expr:
        """Whether anything is there."""
        if isinstance(self.dtype, pl.Struct):
            return self.raw.is_not_null()
        return self.raw.is_not_null() & ~self._text().is_in(["", *missing]).fill_null(False)

    def is_bad_json(self, missing: Sequence[str] = ()) -> pl.Expr:
        """Whether the path goes into text that is no JSON."""
        if self.json is None:
            return pl.lit(False)
        is_empty = self.json.str.strip_chars().is_in(["", "null", *missing])
        return self.json.is_not_null() & ~is_empty & self.json.str.json_path_match("$").is_null()

    def html(self) -> pl.Expr:
        """Text or bytes as they are, null where empty. Raises DropError on anything else."""
        if self.dtype not in (pl.String(), pl.Binary()):
            raise DropError(f"{self.path} is a {self.dtype}: a page's HTML has to be text or bytes")
        size = self.raw.str.len_bytes() if self.dtype == pl.String() else self.raw.bin.size()
        return pl.when(size > 0).then(self.raw)

    def time(self, moment: Moment) -> pl.Expr:
        """As UTC times of microseconds; null where it holds no time. Raises DropError on numbers without a unit."""
        if isinstance(self.dtype, pl.Datetime | pl.Date):
            zone = getattr(self.dtype, "time_zone", None)
            return _utc(self.raw.cast(pl.Datetime("us", zone)), None if zone else moment.zone)
        if moment.format in EPOCH_UNITS:
            return _from_epoch(self.raw if self.dtype.is_numeric() else self.text(), EPOCH_UNITS[moment.format])
        if self.dtype.is_numeric():
            raise DropError(f"{self.path} holds numbers: say format {', '.join(EPOCH_UNITS)}")
        if moment.format == "iso":
            return self.text().map_elements(_iso(moment.zone), return_dtype=_MICROSECONDS)
        read = self.text().str.to_datetime(moment.format, strict=False, time_unit="us")
        return _utc(read, None if any(token in moment.format for token in _ZONED) else moment.zone)

    def _text(self) -> pl.Expr:
        if self.dtype == pl.Binary():
            return self.raw.map_elements(_decoded, return_dtype=pl.String())
        if self.dtype.is_nested() or self.dtype in (pl.Duration, pl.Object):
            raise DropError(f"{self.path} is a {self.dtype}: name a part of it ({self.path}.<name>, {self.path}.0)")
        return self.raw.cast(pl.String(), strict=False)


def locate(schema: pl.Schema, path: str) -> Column:
    """The column of that name, or the part of one (`a.b.0`) in a struct, a list or JSON text.

    Raises DropError where it is not there, with what is there.
    """
    pieces = path.split(".")
    for size in range(len(pieces), 0, -1):
        name = ".".join(pieces[:size])
        if name in schema:
            # By place, since Polars takes some names (`*`, `^...$`) for patterns.
            return _descend(path, pl.nth(schema.names().index(name)), schema[name], pieces[size:])
    raise DropError(f"no column {path!r}; there are: {listed(schema)}")


def root(schema: pl.Schema, path: str) -> str:
    """The column that a path starts in. Raises DropError where it is not there."""
    locate(schema, path)
    pieces = path.split(".")
    sizes = range(len(pieces), 0, -1)
    return next(name for size in sizes if (name := ".".join(pieces[:size])) in schema)


def _descend(path: str, raw: pl.Expr, dtype: pl.DataType, rest: list[str]) -> Column:
    if not rest:
        return Column(path, raw, dtype)
    if isinstance(dtype, pl.Struct):
        parts = {field.name: field.dtype for field in dtype.fields}
        if rest[0] not in parts:
            raise DropError(f"no {rest[0]!r} in {path!r}; there are: {listed(parts)}")
        return _descend(path, raw.struct.field(rest[0]), _instance(parts[rest[0]]), rest[1:])
    if isinstance(dtype, pl.List) and rest[0].isdecimal():
        return _descend(path, raw.list.get(int(rest[0]), null_on_oob=True), _instance(dtype.inner), rest[1:])
    if dtype == pl.String() and not any(char in piece for piece in rest for char in '"\\'):
        steps = "".join(f"[{piece}]" if piece.isdecimal() else f'["{piece}"]' for piece in rest)
        return Column(path, raw.str.json_path_match(f"${steps}"), pl.String(), json=raw)
    raise DropError(f"no {'.'.join(rest)!r} in {path!r}: it is a {dtype}")


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


def _from_epoch(number: pl.Expr, units_in_a_second: int) -> pl.Expr:
    """Whole numbers exactly; fractions to the microsecond, as far as a float holds them."""
    scale = 1_000_000 // units_in_a_second
    exact, rough = number.cast(pl.Int64(), strict=False), number.cast(pl.Float64(), strict=False)
    rounded = (rough * scale).round().cast(pl.Int64(), strict=False)
    micros = pl.when(exact.cast(pl.Float64()) == rough).then(exact * scale).otherwise(rounded)
    return pl.when(rough.abs() < _MAX_EPOCH_MICROSECONDS / scale).then(micros).cast(_MICROSECONDS)


def _utc(times: pl.Expr, zone: str | None) -> pl.Expr:
    """Times in `zone` (None: they know their own) as UTC. Of an hour that a clock shows twice the first; one it skips is null."""
    zoned = times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") if zone else times
    return zoned.dt.convert_time_zone("UTC")


def _iso(zone: str) -> Callable[[str], dt.datetime | None]:
    own = ZoneInfo(zone)

    def read(text: str) -> dt.datetime | None:
        moment = parse_time(text.strip())
        if moment is None or zone == "UTC" or dt.datetime.fromisoformat(text.strip()).tzinfo:
            return moment
        shown = moment.replace(tzinfo=own)  # without a zone in the text it was read as UTC
        try:
            utc = shown.astimezone(dt.UTC)
            return utc if utc.astimezone(own).replace(tzinfo=None) == shown.replace(tzinfo=None) else None
        except OverflowError:
            return None

    return read


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
