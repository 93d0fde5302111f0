"""Which files of a drop hold a user: lines, torn lines, Parquet rows, consent entries and pages, each counted."""

import gzip
import json
from pathlib import Path

import polars as pl

from shopcart_assets.traffic.holders import holding
from tests.traffic.conftest import EVERYBODY, MakeDrop, event

DAY, NEXT, LAST = "2026-10-01", "2026-10-02", "2026-10-03"
AT = f"{DAY}T10:00:00Z"


def test_each_file_tells_how_much_of_the_user_it_holds(make_drop: MakeDrop, tmp_path: Path) -> None:
    mine, other = json.dumps(event("1", AT, user_id="ann")), json.dumps(event("2", AT, user_id="joann", value="ann"))
    drop = make_drop(
        {DAY: [mine, other, mine[:-9], '{"event_id": "ann'], NEXT: [], LAST: []},
        consent=EVERYBODY + f"ann,granted,{AT},x\n",
    )
    (drop / NEXT / "events.jsonl").unlink()
    (drop / NEXT / "events.jsonl.gz").write_bytes(gzip.compress(f"{other}\n\n{mine}\n".encode()))
    (drop / LAST / "events.jsonl").unlink()
    pl.DataFrame({"event_id": ["1", "2", "3"], "user_id": ["ann", "joann", None]}).write_parquet(
        drop / LAST / "events.parquet"
    )
    pl.DataFrame({"page_id": ["p", "q"], "html": [b"", b""]}).write_parquet(drop / LAST / "pages.parquet")
    assert list(holding([drop], "ann", ["p", "z"])) == [
        ("drop/consent.csv", 1),
        (f"drop/{DAY}/events.jsonl", 2),
        (f"drop/{NEXT}/events.jsonl.gz", 1),
        (f"drop/{LAST}/events.parquet", 1),
        (f"drop/{LAST}/pages.parquet", 1),
    ]


def test_an_id_is_found_as_json_writes_it(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [event("1", AT, user_id="café")]})
    assert dict(holding([drop], "café", []))[f"drop/{DAY}/events.jsonl"] == 1
