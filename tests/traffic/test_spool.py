"""Files on disk for the time of a build: in order, and gone afterwards, whatever ended the process."""

import subprocess
import sys
from pathlib import Path

import polars as pl

from shopcart_assets.traffic.spool import Spool

SCHEMA = pl.Schema({"n": pl.Int64()})


def test_parts_are_read_in_the_order_of_asking_and_go_with_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SCHEMA)
    later = [spool.next_part() for _ in range(3)]
    spool.extend([pl.DataFrame({"n": [3]}), pl.DataFrame({"n": [4]})])
    pl.DataFrame({"n": [1]}).write_parquet(later[0])
    pl.DataFrame({"n": [2]}).write_parquet(later[2])
    assert spool.collect()["n"].to_list() == [1, 2, 3, 4]
    del spool
    assert list(tmp_path.iterdir()) == []


def test_an_empty_spool_has_its_columns(tmp_path: Path) -> None:
    assert Spool(tmp_path / "new", SCHEMA).collect().schema == SCHEMA


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, polars as pl; from shopcart_assets.traffic.spool import Spool;"
        f"spool = Spool(pathlib.Path({str(tmp_path)!r}), pl.Schema({{'n': pl.Int64()}})); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    first = Spool(tmp_path, SCHEMA)
    second = Spool(tmp_path, SCHEMA)
    assert len(list(tmp_path.iterdir())) == 2
    del first, second
