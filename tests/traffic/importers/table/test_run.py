"""A table becomes a drop that the traffic stage reads whole, equal however its rows lie in files; and the command says what happened."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers import commands
from shopcart_assets.traffic.importers.commands import import_group
from shopcart_assets.traffic.importers.table import run
from shopcart_assets.traffic.importers.table.mapping import read_mapping
from shopcart_assets.traffic.importers.table.run import Repeats, import_table
from shopcart_assets.traffic.intake import read_day
from tests.traffic.importers.table.conftest import Mapped
from tests.watched import look_on

MAPPING = """
event:
  user_id: user
  session_id: visit
  timestamp: {column: at, format: epoch_ms}
  event_type: {column: what, values: {search: submit, add_to_cart: click, leave: close}}
  value: query
  url: {constant: "https://shop.example/"}
page: {html: html}
skip: [{column: what, values: [scroll], reason: scroll}]
"""
DAY = "2026-10-01"
NOON = 1_790_856_000_000
ROWS = pl.DataFrame(
    [
        ("ann", "s1", NOON, "search", "kettle", "<p>home"),
        ("ann", "s1", NOON + 5_000, "scroll", None, "<p>results"),
        ("ann", "s1", NOON + 9_000, "add_to_cart", None, "<p>results"),
        ("ann", "s1", NOON + 9_000, "add_to_cart", None, "<p>results"),
        ("ann", "s1", NOON + 9_500, "leave", None, None),
        ("bob", "s2", NOON, "hover", None, "<p>seen by nobody"),
        (None, "s3", NOON, "leave", None, None),
    ],
    schema=["user", "visit", "at", "what", "query", "html"],
    orient="row",
)


@pytest.mark.parametrize("name", ["log.parquet", "log.csv"])
def test_a_table_becomes_sessions_with_pages(tmp_path: Path, mapped: Mapped, name: str) -> None:
    ROWS.write_parquet(tmp_path / name) if name.endswith("parquet") else ROWS.write_csv(tmp_path / name)
    imported = import_table(str(tmp_path / name), mapped(MAPPING), tmp_path / "drop", "study 7")
    delivery = imported.delivery
    assert (imported.n_read, delivery.n_events, delivery.n_pages, delivery.n_users_with_consent) == (7, 4, 2, 1)
    assert imported.skipped == {"scroll": 1} and delivery.refused == {"missing_user_id": 1, "unmapped_event_type": 1}
    found = [tmp_path / "drop"]
    day = build_day(found, DAY, consent_history(found), TrafficConfig(), tmp_path / "scratch")
    events, pages = day.events.collect(), day.pages.collect()
    assert events["event_type"].to_list() == ["submit", "click", "click", "close"]
    assert day.sessions.select("session_id", "is_admitted").rows() == [("s1", True)]
    assert sorted(pages["html"]) == [b"<p>home", b"<p>results"]
    assert dict(day.intake.iter_rows()) == {"read": 4, "kept": 4}


def test_consent_in_a_column_counts_like_any_other(tmp_path: Path, mapped: Mapped) -> None:
    said = pl.when(pl.col("user") == "ann").then(pl.lit("Yes")).otherwise(pl.lit("Unset"))
    ROWS.with_columns(consent=said, what=pl.col("what").replace("hover", "search")).write_csv(tmp_path / "log.csv")
    says_consent = mapped(MAPPING.replace("value: query", "value: query\n  consent: consent"))
    assert import_table(str(tmp_path / "log.csv"), says_consent, tmp_path / "drop", None).says_consent
    found = [tmp_path / "drop"]
    day = build_day(found, DAY, consent_history(found), TrafficConfig(), tmp_path / "scratch")
    assert dict(day.intake.iter_rows()) == {"read": 5, "kept": 4, "no_consent_unset": 1}


def test_equal_events_are_kept_apart_and_ids_do_not_depend_on_files(tmp_path: Path, mapped: Mapped) -> None:
    together, apart = tmp_path / "one", tmp_path / "two"
    for folder in (together, apart):
        folder.mkdir()
    ROWS.write_parquet(together / "log.parquet")
    ROWS.tail(4).write_parquet(apart / "1.parquet")
    ROWS.head(3).write_parquet(apart / "2.parquet")
    ids = []
    for folder in (together, apart):
        drop = folder.with_suffix(".drop")
        import_table(str(folder), mapped(MAPPING), drop, None)
        rows = read_day(drops.event_files([drop], DAY), DAY, 24.0, folder.with_suffix(".scratch")).rows.collect()
        ids.append(sorted(rows["event_id"]))
    assert ids[0] == ids[1] and len(set(ids[0])) == 4
    assert sum(event_id.endswith("-1") for event_id in ids[0]) == 1


def test_importing_twice_changes_nothing(tmp_path: Path, mapped: Mapped) -> None:
    ROWS.write_parquet(tmp_path / "log.parquet")
    first, second = (
        import_table(str(tmp_path / "log.parquet"), mapped(MAPPING), tmp_path / "drop", "study 7") for _ in range(2)
    )
    assert len(first.delivery.changed) == 5 and second.delivery.changed == ()
    notes = json.loads((tmp_path / "drop" / "import.json").read_text())
    assert notes["n_read"] == notes["n_events"] + sum(notes["refused"].values()) + sum(notes["skipped"].values()) == 7


def test_a_small_batch_gives_the_same_drop(tmp_path: Path, mapped: Mapped, monkeypatch: pytest.MonkeyPatch) -> None:
    ROWS.write_csv(tmp_path / "log.csv")
    import_table(str(tmp_path / "log.csv"), mapped(MAPPING), tmp_path / "drop", "study 7")
    monkeypatch.setattr(run, "PAGE_ROWS", 2)
    assert import_table(str(tmp_path / "log.csv"), mapped(MAPPING), tmp_path / "drop", "study 7").delivery.changed == ()


EXAMPLES = Path(__file__).parents[4] / "docs" / "mappings"
REES46 = """event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde-8bb3-4e00-8c23-a032dfed738c
2019-10-01 00:00:01 UTC,cart,3900821,2053013552326770905,appliances.environment.water_heater,aqua,33.20,554748717,
"""


def test_the_examples_import_tables_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "2019-Oct.csv").write_text(REES46)
    imported = import_table(str(tmp_path / "2019-Oct.csv"), EXAMPLES / "rees46.yaml", tmp_path / "one", None)
    assert (imported.delivery.n_events, imported.skipped, imported.delivery.refused) == (1, {"no_session": 1}, {})
    guess = read_mapping(EXAMPLES / "shopcart.yaml")
    row = {column: "x" for _, column in guess.columns()} | {
        "timestamp": "2026-10-01T10:00:00Z",
        "action_type": "type_and_submit",
    }
    pl.DataFrame([row]).write_parquet(tmp_path / "guess.parquet")
    import_table(str(tmp_path / "guess.parquet"), EXAMPLES / "shopcart.yaml", tmp_path / "two", None)
    events = read_day(drops.event_files([tmp_path / "two"], DAY), DAY, 24.0, tmp_path / "scratch").rows.collect()
    assert events.select("event_type", "target", "value").rows() == [("submit", '{"name": "x"}', "x")]
    assert pl.read_parquet(tmp_path / "two" / DAY / "pages.parquet")["format"].to_list() == ["context"]


def test_nothing_is_written_where_nothing_can_be(tmp_path: Path, mapped: Mapped) -> None:
    ROWS.tail(1).write_csv(tmp_path / "log.csv")
    with pytest.raises(DropError, match="of 1 rows none became an event"):
        import_table(str(tmp_path / "log.csv"), mapped(MAPPING), tmp_path / "drop", None)
    with pytest.raises(DropError, match=r"mapping\.yaml does not fit .*log\.csv: event\.user_id: no column 'person'"):
        import_table(str(tmp_path / "log.csv"), mapped(MAPPING.replace("user\n", "person\n")), tmp_path / "drop", None)
    with pytest.raises(DropError, match="leave out --consent-ground"):
        says_consent = mapped(MAPPING.replace("value: query", "consent: query"))
        import_table(str(tmp_path / "log.csv"), says_consent, tmp_path / "drop", "study 7")
    with pytest.raises(DropError, match=r"drop lies in .*: give another folder by --out"):
        import_table(str(tmp_path), mapped(MAPPING), tmp_path / "drop", None)
    assert not (tmp_path / "drop").exists()


@given(st.lists(st.lists(st.integers(0, 5)), max_size=12))
def test_repeats_are_counted_over_batches(batches: list[list[int]]) -> None:
    repeats, seen = Repeats(), Counter[int]()
    for batch in batches:
        found = repeats.before(np.array(batch, np.uint64)).tolist()
        for hashed, n in zip(batch, found, strict=True):
            assert n == seen[hashed]
            seen[hashed] += 1


def test_the_command_says_what_became_of_the_rows(
    tmp_path: Path, mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCART_STATE", str(tmp_path / "state"))
    ROWS.write_parquet(tmp_path / "log.parquet")
    arguments = ["table", str(tmp_path / "log.parquet"), "--mapping", str(mapped(MAPPING))]
    preview = CliRunner().invoke(import_group, [*arguments, "--preview"], catch_exceptions=False)
    assert "kettle" in preview.output and not (tmp_path / "state").exists()
    done = CliRunner().invoke(import_group, arguments, catch_exceptions=False).output
    folder = tmp_path / "state" / "drops" / "import-table-log.parquet"
    assert (
        "7 rows read\n  skipped 1: scroll\n  kept 1 that say the same" in done
        and "refused 1: unmapped_event_type" in done
    )
    assert "nobody's consent is known" in done and done.endswith(f"next: shopcart ingest {folder}\n")
    assert drops.registered(tmp_path / "state") == [folder]
    told = json.loads(CliRunner().invoke(import_group, [*arguments, "--json"], catch_exceptions=False).output)
    assert told["folder"] == str(folder) and told["changed"] == []
    assert (told["n_read"], told["n_events"], told["skipped"], told["n_equal"]) == (7, 4, {"scroll": 1}, 1)
    assert told["refused"] == {"missing_user_id": 1, "unmapped_event_type": 1}
    piped = CliRunner().invoke(import_group, [*arguments, "--json"])
    screen = look_on(monkeypatch, commands)
    pl.concat([ROWS] * 100).write_parquet(tmp_path / "log.parquet")
    watched = CliRunner().invoke(import_group, [*arguments, "--json"])
    assert json.loads(watched.stdout)["n_read"] == 700 and piped.stderr == ""
    assert "200/700 rows of events, " in screen.getvalue() and " left\x1b[K" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    says_consent = mapped(MAPPING.replace("value: query", "consent: query"))
    again = CliRunner().invoke(import_group, [*arguments[:-1], str(says_consent)], catch_exceptions=False).output
    assert "nobody's consent" not in again
