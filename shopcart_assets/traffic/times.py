"""Reading the contract's times."""

import datetime as dt


def parse_time(text: str) -> dt.datetime | None:
    """An ISO 8601 time as UTC; one without a zone is UTC; None where the text is no such time.

    >>> parse_time("2026-10-01T02:31:46.259+02:00")
    datetime.datetime(2026, 10, 1, 0, 31, 46, 259000, tzinfo=datetime.timezone.utc)
    >>> parse_time("yesterday")
    """
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def from_milliseconds(ms: float) -> str:
    """A time in milliseconds since 1970 as ISO 8601 in UTC. Raises ValueError where it is no time before the year 10000.

    >>> from_milliseconds(1_790_000_000_123)
    '2026-09-21T14:13:20.123Z'
    """
    try:
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=round(ms))
    except (OverflowError, ValueError):
        raise ValueError(f"not a time in milliseconds: {ms}") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
