"""Output that survives a kill: JSON lines in one file a shard, continued by the same job and discarded by another one.

Only files. What a row holds is the programs' business. `platform/jobs.py` reads the rows back.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_jobs.program import log


class Parts:
    """The rows of one shard: `<folder>/part-<fingerprint>-<shard>-of-<n>.jsonl`.

    `fingerprint` names everything that the rows depend on. Files of another fingerprint or another number of shards are
    removed, so what lies in the folder at the end is one job's answer.
    """

    def __init__(self, folder: Path, fingerprint: str, shard: int, n_shards: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("part-*.jsonl"):
            if not (stale.name.startswith(f"part-{fingerprint[:16]}-") and stale.stem.endswith(f"-of-{n_shards}")):
                stale.unlink(missing_ok=True)
        self.path = folder / f"part-{fingerprint[:16]}-{shard}-of-{n_shards}.jsonl"

    def resume(self, *key: str) -> set[tuple[Any, ...]]:
        """The values of `key` of every row that is there already; a row that a kill cut short is cut off."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        aside = self.path.with_suffix(".tmp")
        aside.write_bytes(b"".join(whole))
        aside.replace(self.path)
        if whole:
            log(f"continuing: {len(whole)} rows were already done")
        rows = map(json.loads, whole)
        return {tuple(row[name] for name in key) for row in rows}

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows, in one write."""
        with self.path.open("ab", buffering=0) as file:
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
