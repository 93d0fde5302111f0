"""When the watched model lists are read next. What is on them is `found`'s business."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from shopcart_assets.platform.policy import WatchConfig


@dataclass(frozen=True)
class Look:
    """How long to wait, at most 0 = the time has come; and the cursor of a look now."""

    wait_seconds: float
    cursor: str


def next_look(cursor: str | None, watches: Sequence[WatchConfig], every_minutes: float, now: float) -> Look:
    """When to look, after the look that `cursor` is of; None = there was none. Other watches than then are looked at once.

    >>> from shopcart_assets.platform.policy import ServerConfig
    >>> watches = [WatchConfig("claude-*", ServerConfig())]
    >>> first = next_look(None, watches, 60, now=1_000.0)
    >>> first.wait_seconds, next_look(first.cursor, watches, 60, 1_600.0).wait_seconds
    (0.0, 3000.0)
    >>> next_look(first.cursor, [], 60, 1_600.0).wait_seconds
    0.0
    """
    which = hashlib.sha256(repr(watches).encode()).hexdigest()[:16]
    seen, _, at = (cursor or "").partition(" ")
    wait = float(at) + 60 * every_minutes - now if seen == which else 0.0
    return Look(wait, f"{which} {now}")
