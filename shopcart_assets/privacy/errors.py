"""The one error of the stage, and the guard that keeps a page's words out of every other."""

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class PrivacyError(ValueError):
    """A page or an event that could not be scrubbed. The text has its id and the kind of error, never a word of it."""


def guarded(subject: str, call: Callable[[], Answer]) -> Answer:
    """What `call` returns. Whatever it raises becomes a PrivacyError that names the subject and the kind of error only."""
    try:
        return call()
    except Exception as error:
        kind = type(error).__name__
    # Raised outside of `except`, so that the original error, which may quote the page, is not kept as its context.
    raise PrivacyError(f"{subject} could not be scrubbed ({kind}); nothing of the day was written")
