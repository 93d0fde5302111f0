"""A whole erasure on a whole lake: nothing is left, nothing else is touched, and a kill at any moment does no harm."""

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import TABLES, table
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.run import Estate, complete, erase, order, orders, preview, settle, withdrawn
from shopcart_assets.traffic.intake import read_day
from shopcart_assets.traffic.withdrawals import withdrawals
from tests.privacy.erasure.conftest import NOW, Lineage

pytestmark = pytest.mark.slow

EMAIL = re.compile(r"[\w.]+@mail\.example")


def everything(state: Path) -> dict[str, str]:
    """All that is in the lake and the state folder, decoded; the drops and the secret are the owner's."""
    files = (path for path in state.rglob("*") if path.is_file() and path.relative_to(state).parts[0] != "drops")
    return {str(path.relative_to(state)): _decoded(path) for path in files}


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    if not content.startswith(b"PAR1"):
        return content.decode("latin-1")
    frame = pl.read_parquet(path)
    raw = b" ".join(one or b"" for name in frame.columns if frame[name].dtype == pl.Binary for one in frame[name])
    return json.dumps(frame.select(pl.exclude(pl.Binary)).to_dicts(), default=str) + raw.decode("latin-1")


def found(state: Path, needles: Iterable[str]) -> list[str]:
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, needles))})(?![0-9A-Za-z])", re.IGNORECASE)
    return sorted(name for name, text in everything(state).items() if pattern.search(text))


def of_user(estate: Estate, user_id: str) -> list[str]:
    """The user's id, sessions, e-mail address and pseudonyms."""
    read = estate.warehouse.read
    pages = read("traffic.events").filter(user_id=user_id)["page_id"]
    text = b" ".join(read("traffic.pages").filter(pl.col("page_id").is_in(pages.implode()))["html"]).decode()
    (email,) = set(EMAIL.findall(text))
    plan = preview(estate, user_id, NOW)
    sessions = read("traffic.sessions").filter(user_id=user_id)["session_id"]
    assert set(sessions) <= set(plan.session_ids()) and plan.placeholders
    return [user_id, email, *sessions, *(one.strip("[]") for one in plan.placeholders)]


def test_one_user_goes_and_nobody_else(estate: Estate, user_id: str) -> None:
    needles = of_user(estate, user_id)
    kept = [name for name in TABLES if estate.warehouse.partitions(name) and not name.startswith("privacy.erasure")]
    before = {name: estate.warehouse.read(name) for name in kept}
    assert len(found(estate.state, needles)) > 20 and all(found(estate.state, [one]) for one in needles)
    written = erase(estate, user_id, NOW)
    assert found(estate.state, needles) == [] and not list(orders(estate))
    assert written.filter(pl.col("kind") != "drop")["n_left"].sum() == 0
    n_gone = dict(written.select("place", "n_rows").iter_rows())
    for name, frame in before.items():
        after = estate.warehouse.read(name)
        if name == "traffic.quarantine":
            assert after.height == frame.height
            assert after["raw"].null_count() == frame["raw"].null_count() + n_gone[name]
        elif name == "traffic.consent":
            assert after.filter(source="erasure").select("user_id", "status").rows() == [
                (estate.tombstones.key(user_id), "withdrawn")
            ]
        else:
            assert after.height == frame.height - n_gone[name]
            assert after.join(frame, on=after.columns, how="anti", nulls_equal=True).is_empty(), name


def test_what_an_unfinished_training_could_go_on_from_goes_and_a_finished_model_stays(
    estate: Estate, user_id: str
) -> None:
    run = estate.state / "checkpoints" / "some-experiment"
    half, whole = (
        run / "checkpoints" / "0f" / "step-000004" / "shard.safetensors",
        run / "model" / "model.safetensors",
    )
    for file in (half, whole):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"weights")
    erase(estate, user_id, NOW)
    assert not half.exists()
    assert whole.read_bytes() == b"weights"


def test_the_receipt_tells_what_went_and_what_the_drops_still_hold(estate: Estate, user_id: str) -> None:
    plan = preview(estate, user_id, NOW)
    written = erase(estate, user_id, NOW)
    assert estate.warehouse.read("privacy.erasures").equals(written.sort("user_key", "erased_at", "place"))
    assert set(written.filter(kind="table")["place"]) == set(TABLES)
    counted = dict(written.select("place", "n_rows").iter_rows())
    assert counted["traffic.events"] == counted["context.actions"] == counted["ledger"] > 0
    held = dict(written.filter(kind="drop").select("place", "n_left").iter_rows())
    lines = (estate.drops[0] / "2026-09-01" / "events.jsonl").read_text().splitlines()
    assert held["sample-tiny/2026-09-01/events.jsonl"] == sum(f'"{user_id}"' in line for line in lines) > 0
    assert held["sample-tiny/consent.csv"] >= 1 and any("pages.parquet" in place for place in held)
    marks = estate.warehouse.read("privacy.erasure_marks")
    assert set(marks["kind"]) == {"checkpoint", "rationales"} and marks.height == len(plan.marks)
    n_train = marks.filter(kind="checkpoint")["n_sessions"].unique().to_list()
    assert n_train == [len(plan.session_ids())]


def test_a_second_erasure_finds_nothing_and_a_preview_writes_nothing(estate: Estate, user_id: str) -> None:
    before = everything(estate.state)
    assert preview(estate, user_id, NOW).removals
    assert everything(estate.state) == before
    erase(estate, user_id, NOW)
    again = erase(estate, user_id, NOW.replace(month=12))
    assert again["n_rows"].sum() == 0
    assert estate.warehouse.read("privacy.erasures")["erased_at"].n_unique() == 2


def test_an_order_that_is_given_again_after_a_kill_leaves_the_receipt_as_it_is(estate: Estate, user_id: str) -> None:
    erase(estate, user_id, NOW)
    receipt = estate.warehouse.read("privacy.erasures")
    assert erase(estate, user_id, NOW).sort("place").equals(receipt)
    assert estate.warehouse.read("privacy.erasures").equals(receipt)


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.privacy.erasure.conftest import NOW, estate_at
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.privacy.erasure.run import erase

n_left, put, delete = int(sys.argv[3]), LocalLake.put, LocalLake.delete

def die():
    global n_left
    n_left -= 1
    if n_left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Put:
    def __init__(self, lake, key): self.inner = put(lake, key)
    def __enter__(self): return self.inner.__enter__()
    def __exit__(self, *error):
        die()  # the file is written and has not taken its name
        return self.inner.__exit__(*error)

LocalLake.put = lambda lake, key: Put(lake, key)
LocalLake.delete = lambda lake, key: (die(), delete(lake, key))
erase(estate_at(Path(sys.argv[1])), sys.argv[2], NOW)
"""


@pytest.mark.parametrize("n_writes", [0, 2, 9, 40, 80])
def test_killed_at_any_moment_and_run_again_it_completes(estate: Estate, user_id: str, n_writes: int) -> None:
    needles, plan = of_user(estate, user_id), preview(estate, user_id, NOW)
    command = [sys.executable, "-c", _KILLED, str(estate.state), user_id, str(n_writes)]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode == -9
    assert found(estate.state, needles)
    pending = list(orders(estate))
    written = complete(estate, pending[0]) if pending else erase(estate, user_id, NOW)
    assert found(estate.state, needles) == []
    assert written.filter(kind="table")["n_rows"].sum() == sum(
        one.n_rows for one in plan.removals if one.table in TABLES
    )
    assert not list(estate.state.rglob(".part.parquet.*"))


def test_a_day_built_again_from_the_drop_is_the_day_that_was_erased(
    estate: Estate, user_id: str, lineage: Lineage
) -> None:
    needles = of_user(estate, user_id)
    n_events = dict(erase(estate, user_id, NOW).select("place", "n_rows").iter_rows())["traffic.events"]
    tables = [name for name in TABLES if name.split(".")[0] in ("traffic", "privacy", "context", "dataset")]
    tables = [name for name in tables if "erasure" not in name and "reasoning" not in name]
    erased = {name: estate.warehouse.read(name) for name in tables}
    lineage("ingest_days")
    read_day.cache_clear()  # as when the run's process ends
    assert found(estate.state, needles) == []
    for name in tables:
        again = estate.warehouse.read(name)
        if name == "traffic.intake":
            shut = again.filter(fate="no_consent_erased")["n_events"].sum()
            assert shut >= n_events > 0
        elif name == "traffic.quarantine":  # a row that came twice is not one of the refused ones any more
            assert again.join(erased[name], on=again.columns, how="anti", nulls_equal=True).is_empty()
        elif name != "traffic.withdrawals":
            assert again.sort(pl.all()).equals(erased[name].sort(pl.all())), name


def test_the_evaluation_still_runs_without_a_test_user(estate: Estate, lineage: Lineage) -> None:
    cases = estate.warehouse.read("dataset.cases")
    user_id = str(cases["user_id"].value_counts(sort=True)["user_id"][0])
    written = erase(estate, user_id, NOW)
    assert dict(written.select("place", "n_rows").iter_rows())["evaluation.verdicts"] > 0
    lineage("publish")
    after = estate.warehouse.read("evaluation.accuracy")
    assert after["n_cases"].to_list() == [cases.filter(pl.col("user_id") != user_id).height] * 2
    assert after["coverage"].to_list() == [1.0, 1.0]
    lineage("evaluate", "majority")
    assert estate.warehouse.read("evaluation.accuracy")["n_users"].max() == cases["user_id"].n_unique() - 1


def test_who_withdrew_is_erased_once_and_up_to_a_new_consent(warehouse: Warehouse, tmp_path: Path) -> None:
    estate = Estate(warehouse, Tombstones(warehouse.lake, b"secret"), tmp_path, [])
    assert list(withdrawn(estate, NOW)) == []
    days = {name: NOW - dt.timedelta(days=n) for name, n in {"first": 9, "withdrew": 6, "again": 3}.items()}
    said = [("ann_lee", days["first"], "granted"), ("ann_lee", days["withdrew"], "withdrawn")]
    said += [("bob_ray", *one[1:]) for one in said] + [("bob_ray", days["again"], "granted")]
    history = pl.DataFrame([(*one, "x") for one in said], table("traffic.consent").schema(), orient="row")
    warehouse.write("traffic.consent", history)
    nobody_s = table("traffic.sessions").empty().with_columns(day=pl.lit(""))
    warehouse.write("traffic.withdrawals", withdrawals(history, nobody_s))
    just_before = days["again"] - dt.timedelta(microseconds=1)
    assert list(withdrawn(estate, NOW)) == [
        ("ann_lee", NOW, days["withdrew"]),
        ("bob_ray", just_before, days["withdrew"]),
    ]
    order(estate, "carl_may", NOW)  # and was killed
    assert (settle(estate, NOW), settle(estate, NOW)) == (3, 0)
    left = warehouse.read("traffic.consent").sort("effective_at", "user_id").select("user_id", "effective_at", "status")
    proofs = [(estate.tombstones.key(user), days["withdrew"], "withdrawn") for user in ("ann_lee", "bob_ray")]
    assert left.rows() == [*sorted(proofs), ("bob_ray", days["again"], "granted")]
    warehouse.write("traffic.withdrawals", withdrawals(warehouse.read("traffic.consent"), nobody_s))
    assert list(withdrawn(estate, NOW)) == []
