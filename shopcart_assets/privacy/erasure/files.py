"""What lies beside the tables: what killed writers left, the traffic stage's spools, work folders, the report. No table.

Nothing may be running: what is under way would be taken for what was left. All of it is made again by the next run.
"""

import shutil
from pathlib import Path

import polars as pl

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.privacy.erasure.plan import Plan
from shopcart_assets.privacy.erasure.proof import Needles
from shopcart_assets.traffic import consent_spool, spool
from shopcart_assets.traffic.intake import read_day

SPOOL, WORK, REPORT, SCRATCH = "consent", "work", "report", "scratch"
_HALF_TRAINED = "checkpoints/*/checkpoints"
"""What unfinished runs could go on from. It has learned from the user and no table names it; finished models are marked."""


def n_statements(state: Path, user_id: str) -> int:
    """The user's statements about consent in the traffic stage's spool."""
    batches = sorted((state / SPOOL).glob("*/*.parquet"))
    return sum(pl.read_parquet(batch, columns=["user_id"]).filter(user_id=user_id).height for batch in batches)


def forget_files(lake: Lake, state: Path, tombstones: Tombstones, plan: Plan) -> None:
    """Takes the user out of everything in the lake and in the state folder that is no table."""
    lake.sweep("")
    read_day.cache_clear()
    spool.sweep(state / SCRATCH)
    consent_spool.forget(state / SPOOL, tombstones)
    # Requests and answers of local models, and sessions given to training, whose lines do not all say whose they are.
    shutil.rmtree(state / WORK, ignore_errors=True)
    for folder in state.glob(_HALF_TRAINED):
        shutil.rmtree(folder)
    needles = Needles.of(plan)
    for file in (state / REPORT).rglob("*"):
        if file.is_file() and needles.in_bytes(file.read_bytes()):
            file.unlink()
