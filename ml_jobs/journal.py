"""What a run tells while it runs: a row of metrics.jsonl, a line in the terminal, the same line in Dagster's log.

The rows are those of `training.steps`. Following the file is the training stage's business, and so are pictures.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_pipes import PipesContext

from ml_jobs.program import log


@dataclass
class Journal:
    """The record of one attempt; `path` holds that of the earlier attempts too."""

    path: Path
    total: int
    pipes: PipesContext | None
    began: float = field(default_factory=time.monotonic)
    done: int = 0

    def resume(self, done: int) -> None:
        """Keeps the rows of the `done` steps that the checkpoint holds, and starts the clock."""
        rows = self.path.read_bytes().splitlines(keepends=True)[:done] if self.path.exists() else []
        aside = self.path.with_name(f"{self.path.name}.partial")
        aside.write_bytes(b"".join(rows))
        aside.replace(self.path)
        self.done, self.began = done, time.monotonic()
        if done:
            self._tell(f"resuming after step {done}")

    def rows(self) -> list[dict[str, Any]]:
        """All steps so far, of all attempts."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def seconds_left(self, step: int) -> float:
        """Until the last step, if it goes on as in this attempt so far."""
        return (time.monotonic() - self.began) / (step - self.done) * (self.total - step)

    def record(self, row: Mapping[str, Any]) -> None:
        """One more step."""
        told = {**row, "seconds_left": self.seconds_left(row["step"])}
        with self.path.open("a") as file:
            file.write(json.dumps(told) + "\n")
        self._tell(progress_line(told, self.total))

    def _tell(self, line: str) -> None:
        """In the program's own output and, where there is one, in the log of Dagster's run."""
        log(line)
        if self.pipes:
            self.pipes.log.info(line)


def progress_line(row: Mapping[str, Any], total: int) -> str:
    """A row for people; what is not known is left out."""
    held_out, mfu = row["held_out_loss_nats"], row["mfu"]
    parts = [
        f"step {row['step']}/{total}",
        f"loss {row['loss_nats']:.4f}",
        f"held out {held_out:.4f}" if held_out is not None else "",
        f"grad {row['grad_norm']:.2f}",
        f"lr {row['learning_rate']:.2e}",
        f"{row['tokens_per_second']:.0f} tok/s",
        f"{row['n_trained_tokens'] / row['n_tokens']:.1%} trained",
        f"MFU {mfu:.1%}" if mfu is not None else "",
        f"balance {row['balance']:.2f}" if row["balance"] < 1 else "",
        f"{row['peak_memory_bytes'] / 1e9:.1f} GB",
        f"{row['seconds_left']:.0f} s left",
    ]
    return "  ".join(filter(None, parts))
