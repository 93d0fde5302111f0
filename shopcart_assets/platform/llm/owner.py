"""Who wrote something: a process on a machine, and whether it is certainly dead. No locks, no files of the lake."""

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process. `started` tells it from a later one with the same number; empty where the system does not say."""

    machine: str
    pid: int
    started: str

    @staticmethod
    def me() -> "Owner":
        """This process."""
        return Owner(_machine(), os.getpid(), _started(os.getpid()))

    def is_dead(self) -> bool:
        """Whether the process was on this machine and has ended. False where nobody here can know."""
        if self.machine != _machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return _started(self.pid) != self.started


@cache
def _machine() -> str:
    """The host, its boot and its process numbers' name space, hashed: containers count for themselves."""
    boot, processes = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    parts = [
        platform.node(),
        boot.read_text().strip() if boot.exists() else "",
        str(processes.readlink()) if processes.is_symlink() else "",
    ]
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """When the process began, in clock ticks since the boot; a dead one that nobody has waited for yet has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
