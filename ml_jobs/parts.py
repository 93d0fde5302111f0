"""Output that survives a kill: JSON lines in one file a shard, continued by the same job and discarded by another one.

Only files. What a row holds is the programs' business. `platform/jobs.py` reads the rows back.
"""

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
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

    def resume(self, key: str, expected: Mapping[Hashable, int]) -> set[Hashable]:
        """Values of `key` that have all their `expected` rows already; rows of the others are cut off."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        keys = [json.loads(line)[key] for line in whole]
        counts = Counter(keys)
        done: set[Hashable] = {value for value, count in counts.items() if count == expected.get(value)}
        aside = self.path.with_suffix(".tmp")
        aside.write_bytes(b"".join(line for line, value in zip(whole, keys, strict=True) if value in done))
        aside.replace(self.path)
        if done:
            log(f"continuing: {len(done)} of {len(expected)} were already done")
        return done

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows that belong together, in one write."""
        with self.path.open("ab", buffering=0) as file:
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
