"""A small disk of one's own: a tmpfs in a namespace of mounts that ends with the process. `python -m tests.chaos.disks SCENARIO FOLDER`.

A scenario is a function here; it prints what was said, one line an error, and fails by AssertionError.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from shopcart_assets.platform.lake import LakeError, open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.chaos import left, lives

DAY = "2026-10-01"
_ROWS = pl.DataFrame({"fate": [f"ignored_{i}" for i in range(60_000)], "n_events": list(range(60_000))})
_FREE_BYTES = (0, 8_000, 60_000, 400_000, 1_500_000)


class Disk:
    """A file system of `size` at `folder`, until the process ends."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)

    @contextmanager
    def nearly_full(self, free_bytes: int) -> Iterator[None]:
        """Only about so much is left."""
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            file.write(bytes(max(0, shutil.disk_usage(self.folder).free - free_bytes)))
        try:
            yield
        finally:
            ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing can be written."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(self.folder)], check=True)


def tables(folder: Path) -> None:
    """A table's partition on a disk that is full, then read-only: the old one stays whole, SQL goes on, and room heals all."""
    disk = Disk(folder / "disk", "2m")
    lake = disk.folder / "lake"
    one = Warehouse(open_lake(str(lake), folder / "uploads"), lake / "warehouse.duckdb")
    one.write("traffic.intake", _ROWS.head(3), day=DAY)
    asked = "select count(*) as n from traffic.intake"
    for broken in (disk.nearly_full(0), disk.nearly_full(8_000), disk.read_only()):
        with broken:
            for rows in (_ROWS, _ROWS.lazy()):
                for day in (DAY, "2026-10-02"):
                    _refused(one, rows, day)
            _refused(one, _ROWS, DAY, table="privacy.drops")
            assert one.read("traffic.intake").height == one.views.query(asked)["n"][0] == 3
            assert list(lake.rglob(".part*")) == []
    assert one.write("traffic.intake", _ROWS, day=DAY).n_rows == one.views.query(asked)["n"][0] == _ROWS.height


def _refused(warehouse: Warehouse, rows: pl.DataFrame | pl.LazyFrame, day: str, table: str = "traffic.intake") -> None:
    if table != "traffic.intake":
        rows = pl.DataFrame({"page_id": _ROWS.head(30_000)["fate"], "reason": "not_html"})
    try:
        warehouse.write(table, rows, day=day)
    except LakeError as error:
        print(error)  # noqa: T201
    else:
        raise AssertionError(f"{table} {day} was written")


def stages(folder: Path) -> None:
    """Traffic up to dataset on a home whose disk is full at any of several moments: one line, nothing torn, and it completes."""
    disk = Disk(folder / "disk", "60m")
    home = disk.folder / "home"
    home.mkdir()
    lives.run(lives.STAGES[0], home)
    ingest = lives.Stage("ingest", "ingest_days")
    shutil.copytree(home, disk.folder / "before")
    lives.run(ingest, home)
    expected, shown = left.digests(home), left.shown(home)
    for free_bytes in _FREE_BYTES:
        shutil.rmtree(home)
        shutil.copytree(disk.folder / "before", home)
        with disk.nearly_full(free_bytes):
            life = lives.start(ingest, home, log=folder / "log.txt")
            life.join()
        assert life.exitcode, f"{free_bytes} bytes were enough"
        print((folder / "log.txt").read_text().splitlines()[-1])  # noqa: T201
        now = left.digests(home)
        assert {key: now[key] for key in now if now[key] != expected.get(key)} == {}, "what is there is whole"
        lives.run(ingest, home)
        assert left.others(expected, left.digests(home)) == [] and left.shown(home) == shown


if __name__ == "__main__":
    {"tables": tables, "stages": stages}[sys.argv[1]](Path(sys.argv[2]))
