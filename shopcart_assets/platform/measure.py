"""What benchmarks measure with: CPU time, peak memory, and the bare parse that times on pages are set against. Nothing is reported here."""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from lxml import html as lxml_html


def bare_parse(text: str) -> etree._Element:
    """The page as lxml.html parses it, and nothing else: the unit of `x a bare parse`."""
    try:
        return lxml_html.fromstring(text)
    except ValueError:  # lxml takes no text that declares its encoding
        return lxml_html.fromstring(text.encode("utf-8", "replace"))


def cpu_milliseconds(step: Callable[[], object]) -> float:
    """CPU time of one call in this process, in milliseconds: what else the machine does is not in it."""
    began = time.process_time_ns()
    step()
    return (time.process_time_ns() - began) / 1e6


def resident_bytes() -> int:
    """The resident memory of this process now, in bytes; where the kernel does not tell it, the most that it has had."""
    return _kernels("VmRSS") or peak_bytes()


def peak_bytes() -> int:
    """The most resident memory that this process has had, in bytes.

    On Linux the kernel's own mark (VmHWM): ru_maxrss of a process that another one started begins with that one's memory.

    >>> peak_bytes() > 1_000_000
    True
    """
    return _kernels("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1_024
    )


def _kernels(mark: str) -> int:
    """Bytes that Linux tells of this process under this name; 0 where it does not."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((1_024 * int(line.split()[1]) for line in lines if line.startswith(f"{mark}:")), 0)
