"""Jobs of a cluster, whichever: commands of its client, waiting for a job, ending it. What the commands are is each cluster's own."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.training.launch import LaunchError, Log

_COMMAND_SECONDS = 60.0
# A controller that is restarted, or busy, is not a lost job.
_PATIENCE_SECONDS = 600.0
_TAIL_LINES = 20
# Ranks end themselves when their grace is over; torchrun, which kills them after 30 s unless told, waits so much longer.
_SHUTDOWN_SLACK_SECONDS = 10


class CommandError(LaunchError):
    """A command of the cluster's client failed; the message is its last line of stderr."""


class NoSuchJob(CommandError):
    """The cluster does not know the job, or no longer."""


@dataclass(frozen=True)
class Seen:
    """What the cluster says of a job: its own word for the state, why, and how often it was started again.

    `has_ended` holds for both ends; only one of them `is_good`.
    """

    state: str
    reason: str = ""
    restarts: int = 0
    has_ended: bool = False
    is_good: bool = False

    def __str__(self) -> str:
        """For people."""
        again = f", restart {self.restarts}" if self.restarts else ""
        return f"{self.state}{f' ({self.reason})' if self.reason else ''}{again}"


def call(command: Sequence[str], stdin: str | None = None, seconds: float = _COMMAND_SECONDS) -> str:
    """What the command prints. Raises CommandError where it is missing, fails or lasts too long."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    except FileNotFoundError:
        raise CommandError(f"{command[0]} is not installed here: launch from a machine where it is") from None
    except subprocess.TimeoutExpired:
        raise CommandError(f"{command[0]} did not answer within {seconds:g} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"code {done.returncode}, without a word"]
        raise CommandError(f"{command[0]}: {said[-1]}")
    return done.stdout


def follow(look: Callable[[], Seen], log: Log, poll_seconds: float) -> Seen:
    """Looks at a job until it has ended, and tells of every change. Its last state.

    A bad end must be seen twice: a job whose node died is for a moment over, before it is queued again.
    """
    last, answered = None, time.monotonic()
    while True:
        try:
            seen = look()
            answered = time.monotonic()
            if seen.has_ended and (seen.is_good or seen == last):
                return seen
            if seen != last:
                log(str(seen))
            last = seen
        except NoSuchJob:
            raise
        except CommandError as error:
            if time.monotonic() - answered > _PATIENCE_SECONDS:
                raise
            log(f"no answer, asking again: {error}")
        time.sleep(poll_seconds)


def wait_for_end(look: Callable[[], Seen], seconds: float) -> bool:
    """Whether a job that was told to end has done so within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if look().has_ended:
                return True
        except NoSuchJob:
            return True
        except CommandError:
            pass
        time.sleep(min(1.0, seconds))
    return False


def shutdown_timeout(grace_seconds: int) -> str:
    """The option of torchrun that leaves its ranks their grace."""
    return f"--shutdown-timeout={grace_seconds + _SHUTDOWN_SLACK_SECONDS}"


def failure(name: str, seen: Seen, output: Path) -> LaunchError:
    """The error of a job that ended badly: the trainer's own words where its output has any."""
    lines = output.read_text(errors="replace").splitlines()[-_TAIL_LINES:] if output.exists() else []
    said = next((line for line in reversed(lines) if line.startswith("error: ")), lines[-1] if lines else "no output")
    error = LaunchError(
        f"{name}: {seen}: {said} (output: {output}); start it again and it goes on from its last checkpoint"
    )
    error.add_note("\n".join(lines))
    return error
