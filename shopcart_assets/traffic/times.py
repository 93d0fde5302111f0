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
