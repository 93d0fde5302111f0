"""Keeps what events say about consent, so that each delivered file is read for it once. Files only; no meaning, no history.

The history needs every registered day, whatever day is built; without the spool each new day would cost the reading of all days.
It holds user ids, as the drops do, save those of erased users, and can be deleted at any time.
"""

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl

from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.traffic import consent_events, consent_vocabulary, drops, rows, times
from shopcart_assets.traffic.forgotten import not_yet_erased


def spooled(
    registered: Sequence[Path], clock_skew: dt.timedelta, spool: Path, tombstones: Tombstones | None = None
) -> list[Path]:
    """Parquet files (consent_events.STATEMENTS) of all event files of the drops, in `spool`.

    What is not there yet is read; what was kept of files that are gone or delivered anew is deleted. Raises DropError where a
    file is damaged.
    """
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    with drops.exclusive(spool / ".lock"):
        days = sorted({day for drop in registered for day in drops.days(drop)})
        delivered = [(file, day) for day in days for file in drops.event_files(registered, day)]
        folders = {spool / _key(file, day, clock_skew): (file, day) for file, day in delivered}
        for old in {path for path in spool.iterdir() if path.is_dir()} - folders.keys():
            shutil.rmtree(old)
        for folder, (file, day) in folders.items():
            if not folder.exists():
                _write(file, day, clock_skew, folder, tombstones)
        return [batch for folder in folders for batch in sorted(folder.iterdir())]


def forget(spool: Path, tombstones: Tombstones) -> int:
    """Takes what erased users said up to their erasure out of the spool; how many statements."""
    if not spool.exists():
        return 0
    n_gone = 0
    with drops.exclusive(spool / ".lock"):
        for unfinished in spool.glob("*.part"):
            shutil.rmtree(unfinished)
        for batch in sorted(spool.glob("*/*.parquet")):
            said = pl.read_parquet(batch)
            kept = not_yet_erased(said, tombstones, "effective_at")
            if kept.height < said.height:
                n_gone += said.height - kept.height
                scratch = spool / f"rewritten-{os.getpid()}"
                kept.write_parquet(scratch)
                scratch.replace(batch)
    return n_gone


def _write(
    file: drops.EventFile, day: str, clock_skew: dt.timedelta, folder: Path, tombstones: Tombstones | None
) -> None:
    """All batches or nothing: what a killed process leaves is an old folder to the next one."""
    scratch = folder.with_name(f"{folder.name}.part")
    scratch.mkdir()
    for number, batch in enumerate(consent_events.read_statements(file.path, day, clock_skew)):
        not_yet_erased(batch, tombstones, "effective_at").write_parquet(scratch / f"{number:06}.parquet")
    file.require_unchanged()
    scratch.rename(folder)


def _key(file: drops.EventFile, day: str, clock_skew: dt.timedelta) -> str:
    """Names the file's content and the code that reads it."""
    parts = (_code(), str(file.path), *map(str, file.version), day, str(clock_skew))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code() -> str:
    modules = (consent_events, consent_vocabulary, rows, times)
    return hashlib.sha256(b"".join(Path(str(module.__file__)).read_bytes() for module in modules)).hexdigest()
