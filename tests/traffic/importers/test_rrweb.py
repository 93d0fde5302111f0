"""Recordings come out as what was done in the browser, every target found by its node id, whatever shape and state they come in."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers import commands
from shopcart_assets.traffic.importers.rrweb import import_rrweb
from shopcart_assets.traffic.intake import read_day
from tests.traffic.importers.browser import KEPT, ONE_PAGE, RECORDINGS, SHOP, install, kept, missing, record
from tests.traffic.importers.test_rrweb_dom import differences
from tests.watched import look_on

Row = dict[str, Any]


def imported(source: Path, out: Path, **options: Any) -> list[Row]:
    """The drop's rows, each session in the order of its time."""
    return [row for day in import_rrweb(source, out, **options).days for row in rows_of(out, day)]


def rows_of(out: Path, day: str) -> list[Row]:
    intake = read_day(drops.event_files([out], day), day, 24.0, out.with_name("scratch"))
    assert intake.refused.is_empty()
    return intake.rows.sort("session_id", "timestamp", "event_id").collect().to_dicts()


def actions(rows: list[Row]) -> list[Row]:
    """The rows that become actions, as the driver tells what it performed."""
    names = {"submit": "type_and_submit", "click": "click", "close": "terminate"}
    told = []
    for row in rows:
        if row["event_type"] in names:
            target = json.loads(row["target"]) if row["target"] else {}
            action = {"type": names[row["event_type"]], "node_id": int(target.get("node_id", 0)), "text": row["value"]}
            told.append({name: value for name, value in action.items() if value})
    return told


def window(row: Row) -> str:
    return str(json.loads(row["extra"])["window_id"])


def pages(out: Path) -> dict[str, bytes]:
    files = sorted(out.glob("*/pages.parquet"))
    return dict(pl.concat(pl.read_parquet(file) for file in files).select("page_id", "html").iter_rows())


def resolved_by(rows: list[Row], html: dict[str, bytes]) -> list[str]:
    """How the context stage finds the name of each clicked or typed target."""
    ways = []
    for row in rows:
        target = Target.from_json(row["target"])
        if row["event_type"] in ("click", "submit") and target:
            resolution = simplify(html[row["page_id"]], token_budget=0, targets=[target]).resolved[0]
            ways.append(resolution.resolved_by)
    return ways


def write(folder: Path, name: str, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@pytest.mark.parametrize("name", KEPT)
def test_a_recording_is_what_was_done_and_every_target_has_its_name(name: str, tmp_path: Path) -> None:
    rows = imported(RECORDINGS / f"{name}.json.gz", tmp_path / "drop")
    performed = kept(name)["performed"]
    assert actions(rows) == performed
    assert {row["user_id"] for row in rows} == {row["session_id"] for row in rows} == {name}
    assert resolved_by(rows, pages(tmp_path / "drop")) == ["node_id"] * (len(performed) - 1)


@pytest.mark.parametrize("name", KEPT)
def test_the_traffic_stage_keeps_what_was_done_and_nothing_else(name: str, tmp_path: Path) -> None:
    """A purchase ends the session there, so the shop's session ends with its last click."""
    out = tmp_path / "drop"
    (day,) = import_rrweb(RECORDINGS / f"{name}.json.gz", out, consent_ground="study 12").days
    built = build_day([out], day, consent_history([out]), TrafficConfig(), tmp_path / "scratch")
    performed = kept(name)["performed"]
    assert (
        actions(built.events.collect().sort("timestamp", "event_id").to_dicts())
        == performed[: -1 if name == "shop" else None]
    )
    assert built.sessions["end_rule"].to_list() == ["purchase" if name == "shop" else "closed"]


def test_a_search_is_seen_before_it_was_typed_and_a_click_before_what_it_changed(tmp_path: Path) -> None:
    rows = imported(RECORDINGS / "one_page.json.gz", tmp_path / "drop")
    html = pages(tmp_path / "drop")
    first, second = (
        html[row["page_id"]].decode() for row in rows if row["event_type"] == "submit" and "mug" in row["value"]
    )
    assert "red mug" not in first and "Nothing searched yet" in first
    assert "blue mug" not in second and "red mug 6" in second
    add = next(html[row["page_id"]].decode() for row in rows if '"text": "Add"' in (row["target"] or ""))
    assert ">Add<" in add and ">Added<" not in add


def test_everything_read_is_accounted_for_and_importing_twice_changes_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "source", "bad.jsonl", '{"type": 9\n{"type": 3, "timestamp": -1e99, "data": {}}\n[7]\n')
    events = kept("shop")["events"]
    write(
        source,
        "anna.json",
        [*events, {"type": 3, "timestamp": events[-1]["timestamp"], "data": {"source": 0, "adds": [1]}}],
    )
    assert import_rrweb(source, tmp_path / "drop").refused == {
        "bad_data": 1, "bad_timestamp": 1, "not_an_event": 1, "not_json": 1,
    }  # fmt: skip
    report = json.loads((tmp_path / "drop" / "import.json").read_text())
    assert sum(report["recorded"].values()) + sum(report["refused"].values()) == report["n_read"] == len(events) + 4
    lines = gzip.decompress((tmp_path / "drop" / "refused.jsonl.gz").read_bytes()).decode().splitlines()
    assert {"file": "bad.jsonl", "line": 1, "reason": "not_json"} in map(json.loads, lines)
    assert import_rrweb(source, tmp_path / "drop").changed == ()


def as_items(events: list[Any]) -> Any:
    return [
        {"distinct_id": "p1", "$session_id": "s1", "window_id": "w1", "$snapshot_items": events[at : at + 20]}
        for at in range(0, len(events), 20)
    ]


def as_capture(events: list[Any]) -> Any:
    own = {"$session_id": "s1", "$window_id": "w1", "distinct_id": "p1"}
    return [{"event": "$snapshot", "properties": {**own, "$snapshot_data": [packed(event)]}} for event in events]


def as_envelope(events: list[Any]) -> Any:
    inner = {
        "event": "$snapshot_items",
        "properties": {"$session_id": "s1", "$window_id": "w1", "$snapshot_items": events},
    }
    return [{"distinct_id": "p1", "data": json.dumps(inner)}]


def as_pairs(events: list[Any]) -> Any:
    return "\n".join(json.dumps(["w1", event]) for event in events)


def as_saved_file(events: list[Any]) -> Any:
    snapshots = [{"windowId": "w1", **event} for event in events]
    return {"version": "2023-04-28", "data": {"id": "s1", "person": {"distinct_ids": ["p1"]}, "snapshots": snapshots}}


def packed(event: dict[str, Any]) -> dict[str, Any]:
    """As posthog-js sends it."""

    def zipped(value: Any) -> str:
        return gzip.compress(json.dumps(value).encode()).decode("latin-1")

    if event["type"] == 2:
        return {**event, "cv": "2024-10", "data": zipped(event["data"])}
    if event["type"] == 3 and event["data"]["source"] == 0:
        parts = {key: zipped(event["data"][key]) for key in ("texts", "attributes", "removes", "adds")}
        return {**event, "cv": "2024-10", "data": {**event["data"], **parts}}
    return event


@pytest.mark.parametrize("wrap", [as_items, as_capture, as_envelope, as_pairs, as_saved_file])
def test_exports_say_the_same_as_the_plain_recording(wrap: Callable[[list[Any]], Any], tmp_path: Path) -> None:
    recording = kept("one_page")
    source = write(tmp_path / "source", "s1.json", wrap(recording["events"]))
    rows = imported(source, tmp_path / "drop", user="p1")
    assert actions(rows) == recording["performed"]
    assert {(row["user_id"], row["session_id"], window(row)) for row in rows} == {("p1", "s1", "w1")}


def test_windows_are_kept_apart_and_chunks_may_come_late_and_twice(tmp_path: Path) -> None:
    shop, one_page = kept("shop"), kept("one_page")
    chunks = [
        {"distinct_id": "p", "session_id": "s", "window_id": window, "data": events[at : at + 9]}
        for window, events in (("a", shop["events"]), ("b", one_page["events"]))
        for at in range(0, len(events), 9)
    ]
    shuffled = [*chunks[::-2], *chunks[::2], *chunks[1::2], chunks[3]]
    source = write(tmp_path / "source", "1.jsonl", "\n".join(map(json.dumps, shuffled[:12])))
    write(source, "2.jsonl", "\n".join(map(json.dumps, shuffled[12:])))
    rows = imported(source, tmp_path / "drop")
    assert {row["session_id"] for row in rows} == {"s"}
    for name, recording in (("a", shop), ("b", one_page)):
        assert actions([row for row in rows if window(row) == name]) == recording["performed"]
    n_twice = len([row for chunk in shuffled for row in chunk["data"]]) - len(shop["events"]) - len(one_page["events"])
    assert json.loads((tmp_path / "drop" / "import.json").read_text())["refused"] == {"duplicate_event": n_twice}


def test_a_torn_recording_is_imported_up_to_the_tear_and_has_no_end(tmp_path: Path) -> None:
    whole = kept("shop")
    text = json.dumps(whole["events"])
    rows = imported(write(tmp_path / "source", "a.json", text[: len(text) * 2 // 3]), tmp_path / "drop")
    done = actions(rows)
    assert 2 < len(done) < len(whole["performed"]) and done == whole["performed"][: len(done)]
    packed_bytes = (RECORDINGS / "shop.json.gz").read_bytes()
    (tmp_path / "torn.json.gz").write_bytes(packed_bytes[: len(packed_bytes) * 2 // 3])
    done = actions(imported(tmp_path / "torn.json.gz", tmp_path / "other"))
    assert 2 < len(done) < len(whole["performed"]) and done == whole["performed"][: len(done)]
    assert json.loads((tmp_path / "other" / "import.json").read_text())["refused"] == {"torn": 1}


def test_behind_a_damaged_line_the_page_is_unknown_until_the_next_snapshot(tmp_path: Path) -> None:
    recording = kept("shop")
    lines = [json.dumps(event) for event in recording["events"]]
    meta = [at for at, event in enumerate(recording["events"]) if event["type"] == 4]
    lines.insert(meta[1] + 2, '{"type": 3, "data": {"sour')
    rows = imported(write(tmp_path / "source", "a.jsonl", "\n".join(lines)), tmp_path / "drop")
    known = [row["page_id"] is not None for row in rows if row["event_type"] in ("submit", "click", "close")]
    n_behind = len(recording["performed"]) - 4
    assert known[:1] + known[-n_behind:] == [True] * (1 + n_behind) and not any(known[1:-n_behind])


def test_consent_is_written_from_the_first_event_on_and_only_on_a_ground(tmp_path: Path) -> None:
    source = RECORDINGS / "one_page.json.gz"
    first = min(row["timestamp"] for row in imported(source, tmp_path / "a", user="u7", consent_ground="study 12"))
    entry = pl.read_csv(tmp_path / "a" / "consent.csv").row(0, named=True)
    assert (entry["user_id"], entry["status"], entry["source"]) == ("u7", "granted", "study 12")
    assert entry["effective_at"] <= first.isoformat()
    assert import_rrweb(source, tmp_path / "b").n_users_with_consent == 0


def test_what_is_no_recording_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(DropError, match="no recordings"):
        import_rrweb(tmp_path, tmp_path / "drop")
    with pytest.raises(DropError, match="is not there"):
        import_rrweb(tmp_path / "none", tmp_path / "drop")
    with pytest.raises(DropError, match="1 not_json"):
        import_rrweb(write(tmp_path / "source", "a.json", "hello"), tmp_path / "drop")


def test_the_command_registers_the_drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCART_STATE", str(tmp_path / "state"))
    screen = look_on(monkeypatch, commands)
    answer = CliRunner().invoke(
        cli, ["import", "rrweb", str(RECORDINGS / "shop.json.gz"), "--consent-ground", "study 12"]
    )
    assert re.search(r"\r1/\d+ events, .* left\x1b\[K", screen.getvalue()) and screen.getvalue().endswith("\r\x1b[K")
    assert answer.exit_code == 0 and "next: shopcart ingest" in answer.output
    assert drops.registered(tmp_path / "state") == [
        (tmp_path / "state" / "drops" / "import-rrweb-shop.json.gz").resolve()
    ]


@pytest.fixture(scope="session")
def driver(pytestconfig: pytest.Config) -> Path:
    """The driver with its packages, installed once; tests are skipped where the machine has no browser, or no packages can be had."""
    if reason := missing():
        pytest.skip(reason)
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("rrweb_driver")
    try:
        with drops.exclusive(folder.with_suffix(".lock")):
            return install(folder)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm cannot install the recorder, so nothing is recorded afresh: {error.stderr.strip()[-200:]}")


@pytest.mark.slow
@pytest.mark.parametrize("steps", [SHOP, ONE_PAGE])
def test_a_fresh_recording_is_what_the_browser_did(driver: Path, steps: list[dict[str, Any]], tmp_path: Path) -> None:
    recording = record(driver, steps)
    assert differences(recording) == []
    rows = imported(write(tmp_path / "source", "a.json", recording["events"]), tmp_path / "drop")
    assert actions(rows) == recording["performed"]
    assert resolved_by(rows, pages(tmp_path / "drop")) == ["node_id"] * (len(recording["performed"]) - 1)


@pytest.mark.slow
def test_masked_text_is_missing(driver: Path, tmp_path: Path) -> None:
    recording = record(driver, ONE_PAGE, {"maskAllInputs": True})
    rows = imported(write(tmp_path / "source", "a.json", recording["events"]), tmp_path / "drop")
    performed = [{name: value for name, value in action.items() if name != "text"} for action in recording["performed"]]
    assert actions(rows) == performed
    assert not any("***" in str(row["value"]) for row in rows)
    assert not any(b"***" in html for html in pages(tmp_path / "drop").values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "amazon_com_search_2022_webshop.html",
        "amazon_com_product_shopping.html",
        "campingworld_com_search_formasaurus.html",
        "thingsremembered_com_product_formasaurus.html",
    ],
)
def test_clicks_on_real_pages_are_found_by_node_id(driver: Path, shared: Path, name: str, tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [{"do": "goto", "url": f"/{name}"}, {"do": "wander", "n": 8}]
    recording = record(driver, steps, saved=shared / "pages")
    assert differences(recording) == []
    rows = imported(write(tmp_path / "source", "a.json", recording["events"]), tmp_path / "drop")
    assert actions(rows) == recording["performed"] and len(recording["performed"]) > 4
    ways = resolved_by(rows, pages(tmp_path / "drop"))
    assert len(ways) == len(recording["performed"]) - 1 and set(ways) <= {"node_id", "alias"}
