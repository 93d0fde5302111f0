"""A wall clock that jumps, for one process: by up to three days, forth and back, each time when somebody looks."""

import datetime as dt
import random
import time
from typing import Any

_MOST_SECONDS = 3 * 86_400


def jump(seed: int) -> None:
    """From now on this process's Python sees the jumping clock; the kernel's times of files go on as they are."""
    jumps, real = random.Random(seed), time.time

    def now() -> float:
        return real() + jumps.uniform(-_MOST_SECONDS, _MOST_SECONDS)

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, Jumping.__mro__[1])

    class Jumping(dt.datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return cls.fromtimestamp(now(), tz)

    time.time = now
    dt.datetime = Jumping  # type: ignore[misc]
