"""When a run ends before its last step: a signal asks it to, or its loss says that it must. Saving and exits are train.py's."""

import contextlib
import math
import os
import signal
import threading
from collections.abc import Iterator

from ml_jobs.program import log
from shopcart_assets.platform.jobs import PREEMPTED

# Within the ten seconds that a cancelled run may take to end; where a longer step must be saved, the launcher says so.
GRACE_SECONDS = 8.0


class Preempted(Exception):
    """The run was asked to stop and has saved its work; the same command goes on with it."""


class TrainingDiverged(ValueError):
    """The loss is no number, or has left where it began; the message says what to do and what was saved."""


@contextlib.contextmanager
def asked_by_sigterm(grace_seconds: float) -> Iterator[threading.Event]:
    """An event that SIGTERM sets, so that the step under way can be finished and saved.

    Where that takes longer than `grace_seconds`, or waits for a rank that is gone, the process exits with PREEMPTED all the
    same: the checkpoint before it stands. Python runs signal handlers between two instructions only, and a rank may be inside
    a collective for good, so a thread waits for what the interpreter writes to a pipe as soon as the signal is there.
    """
    asked, over = threading.Event(), threading.Event()
    ears, mouth = os.pipe()
    os.set_blocking(mouth, False)

    def watch() -> None:
        while (number := os.read(ears, 1)) and number[0] != signal.SIGTERM:
            pass
        os.close(ears)
        if not number:
            return
        log("SIGTERM: finishing the step, saving, stopping")
        asked.set()
        if not over.wait(grace_seconds):
            log(f"stopped {grace_seconds:g} s after SIGTERM, in the middle of a step; the last checkpoint stands")
            os._exit(PREEMPTED)

    handler = signal.signal(signal.SIGTERM, lambda *_: None)
    earlier = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield asked
    finally:
        over.set()
        signal.set_wakeup_fd(earlier)
        signal.signal(signal.SIGTERM, handler)
        os.close(mouth)
        # Python aborts where a thread that still writes is left to the end of the interpreter.
        watcher.join()


class LossWatch:
    """Raises TrainingDiverged once the loss lies `margin_nats` above the first step's in each of `n_steps` steps on end.

    >>> watch = LossWatch(margin_nats=1.0, n_steps=2)
    >>> for step, loss in enumerate([3.0, 4.5, 3.9, 4.1, 4.2], 1):
    ...     watch.see(step, loss)
    Traceback (most recent call last):
    ml_jobs.stopping.TrainingDiverged: step 5: loss 4.2 is more than 1 nats above the first step's 3.0, for 2 steps now
    """

    def __init__(self, margin_nats: float, n_steps: int, first_nats: float | None = None) -> None:
        self.margin_nats, self.n_steps, self.first_nats = margin_nats, n_steps, first_nats
        self._streak = 0

    @property
    def is_good(self) -> bool:
        """Whether the last loss was where it should be, so that what it was seen with is worth keeping."""
        return self._streak == 0

    def see(self, step: int, loss_nats: float) -> None:
        """The loss of one more step."""
        if self.first_nats is None:
            self.first_nats = loss_nats
        is_above = not math.isfinite(loss_nats) or loss_nats > self.first_nats + self.margin_nats
        self._streak = self._streak + 1 if is_above else 0
        if self._streak >= self.n_steps:
            raise TrainingDiverged(
                f"step {step}: loss {loss_nats} is more than {self.margin_nats:g} nats above the first step's "
                f"{self.first_nats}, for {self.n_steps} steps now"
            )
