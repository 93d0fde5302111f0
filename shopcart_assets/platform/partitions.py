"""Partition keys: which are legal, and how they become folders of the lake. No Dagster here."""

import datetime as dt
import re
from collections.abc import Mapping

# A key becomes a folder name and, in Dagster, part of a multi-key joined by `|`; a comma cannot be backfilled in its UI.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:+-]*")


class PartitionError(ValueError):
    """A partition key that cannot be used."""


def check_key(key: str) -> str:
    """The key itself, if it is legal. Raises PartitionError.

    >>> check_key("smollm2-135m-reasoning-s0")
    'smollm2-135m-reasoning-s0'
    """
    if not _KEY.fullmatch(key) or ".." in key:
        raise PartitionError(
            f"{key!r} cannot be a partition key: use letters, digits and . _ @ : + -, without two dots in a row"
        )
    return key


def check_day(key: str) -> str:
    """The key itself, if it is an ISO date. Raises PartitionError."""
    try:
        return dt.date.fromisoformat(key).isoformat()
    except ValueError as error:
        raise PartitionError(f"{key!r} is not a day: write it as 2026-10-01") from error


def folder(partitioned_by: tuple[str, ...], partition: Mapping[str, str]) -> str:
    """The partition's folder below its table's, with a trailing slash; empty for a table without partitions.

    >>> folder(("day", "generator"), {"day": "2026-10-01", "generator": "smollm2-135m"})
    'day=2026-10-01/generator=smollm2-135m/'
    """
    if set(partition) != set(partitioned_by):
        raise PartitionError(f"a partition here is named by {partitioned_by}, not by {tuple(partition)}")
    return "".join(f"{name}={check_key(partition[name])}/" for name in partitioned_by)


def parse_folder(path: str) -> dict[str, str]:
    """The inverse of `folder`.

    >>> parse_folder("day=2026-10-01/generator=smollm2-135m/")
    {'day': '2026-10-01', 'generator': 'smollm2-135m'}
    """
    return {name: value for name, _, value in (part.partition("=") for part in path.strip("/").split("/") if part)}
