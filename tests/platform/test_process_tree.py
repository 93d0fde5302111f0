import os
import sys
from pathlib import Path

from shopcart_assets.platform.process_tree import pss_bytes, run, tree

_PARENT = """
import subprocess, sys
child = "import time; kept = b'x' * 150_000_000; sum(range(6_000_000)); time.sleep(1.5)"
sys.exit(subprocess.call([sys.executable, "-c", child]) + 3)
"""


def test_descendants_count_too(tmp_path: Path) -> None:
    used = run([sys.executable, "-c", _PARENT], tmp_path, tmp_path / "log", every_seconds=0.1)
    assert used.exit_code == 3
    assert 150_000_000 < used.peak_bytes < 400_000_000 and used.cpu_seconds > 0.05 and used.seconds > 1.5


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "print('told')"], tmp_path, tmp_path / "log").exit_code == 0
    assert (tmp_path / "log").read_text() == "told\n"


def test_a_process_that_has_ended_uses_nothing() -> None:
    assert pss_bytes(4_194_304) == 0 and os.getpid() in tree(os.getpid())
