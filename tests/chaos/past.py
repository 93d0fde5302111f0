"""An undisturbed run of the lineage, stage by stage, with what was there before and after each: what every fault is compared with."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import left, lives
from tests.chaos.lives import STAGES, Stage


@dataclass(frozen=True)
class Undisturbed:
    """What a stage has left that nothing disturbed, and how long it took."""

    digests: dict[str, str]
    shown: dict[str, int]
    seconds: float


class Past:
    """An undisturbed run, kept as it was before each stage. Homes are at one path always: some rows say where they lie."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        self.known: dict[str, Undisturbed] = {}

    def of(self, wanted: Stage) -> Undisturbed:
        """What the stage leaves; it and those before it are run once."""
        for stage in STAGES[: STAGES.index(wanted) + 1]:
            if stage.name not in self.known:
                self._run(stage)
        return self.known[wanted.name]

    def _run(self, stage: Stage) -> None:
        if self.known:
            self.restore(list(self.known)[-1], "after")
        shutil.copytree(self.home, self.folder / f"before-{stage.name}")
        began = time.monotonic()
        lives.run(stage, self.home)
        seconds = time.monotonic() - began
        shutil.copytree(self.home, self.folder / f"after-{stage.name}")
        self.known[stage.name] = Undisturbed(left.digests(self.home), left.shown(self.home), seconds)

    def require_same(self, stage: Stage, how: str) -> None:
        """Raises AssertionError where the home is not what the undisturbed stage left; `how` tells the fault."""
        others = left.others(self.known[stage.name].digests, left.digests(self.home))
        assert others == [], f"{how}: other bytes in {', '.join(others)}"
        assert left.shown(self.home) == self.known[stage.name].shown, how

    def restore(self, stage: str, moment: str = "before") -> None:
        """Makes the home what it was before, or after, the stage."""
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / f"{moment}-{stage}", self.home)
