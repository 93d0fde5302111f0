"""Frames of pages gathered into batches that are worth a process and fit into memory many times. Nothing is known of pages here."""

from collections.abc import Iterable, Iterator

import polars as pl

BATCH_BYTES = 8_000_000
"""Of html in a batch, or more by what one frame adds: about a second of work, so that a lost one costs little."""


def gathered(frames: Iterable[pl.DataFrame], most_bytes: int = BATCH_BYTES) -> Iterator[pl.DataFrame]:
    """The same rows in the same order, in frames of at least `most_bytes` of html, the last one excepted; none is empty.

    >>> one = pl.DataFrame({"html": ["abc"]})
    >>> [frame.height for frame in gathered([one, one, one.clear(), one], most_bytes=6)]
    [2, 1]
    """
    waiting: list[pl.DataFrame] = []
    n_bytes = 0
    for frame in frames:
        waiting.append(frame)
        html = frame["html"]
        n_bytes += int((html.bin.size() if html.dtype == pl.Binary() else html.str.len_bytes()).sum())
        if n_bytes >= most_bytes:
            yield pl.concat(waiting)
            waiting, n_bytes = [], 0
    if any(frame.height for frame in waiting):
        yield pl.concat(waiting)
