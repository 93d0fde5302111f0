"""OPeRA tables with the card's exact schema as drops: actions, times, splits, what is kept aside, and whatever else may come."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopcart_assets.cli import cli
from shopcart_assets.platform.actions import Click, is_purchase
from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.importers.deliver import Delivery
from shopcart_assets.traffic.importers.opera import import_opera, opera_lines
from shopcart_assets.traffic.importers.opera_events import event_type_of
from shopcart_assets.traffic.importers.opera_files import COLUMNS, CONFIGS, NEEDED, Config
from shopcart_assets.traffic.intake import Intake, read_day
from tests.traffic.importers.opera_table import ANN, BOB, action, page, search, session_id, write
from tests.watched import Parts

GROUND = "OPeRA's participants signed a consent form"
ONE, TWO = session_id(ANN), session_id(BOB)
TRAIN = [
    search(ONE, 1, "red mug", rationale="need a mug"),
    action(ONE, 20, "click", "search_results.red_mug", click_type="product_link", element_meta='{"name":"","data":""}'),
    action(ONE, 40, "click", "buybox.purchase_form.buy_now", click_type="purchase"),
]
TEST = [
    search(session_id(ANN, "2025-04-03T01:20:00Z"), 5, "mug"),
    action(TWO, 7, "click", "nav_bar.search_input", click_type="search"),
    action(TWO, 9, "terminate", simplified_html=None),
]


def load(
    source: Path, config: Config = "filtered_action", ground: str | None = GROUND, count: Count = uncounted
) -> tuple[Delivery, dict[str, Any]]:
    delivery, figures = import_opera(source, source.with_name("drop"), config, ground, count)
    return delivery, dict(figures)


def events(delivery: Delivery) -> pl.DataFrame:
    """All events of the drop as the stage reads them; none may be refused."""
    days = [read(delivery, day) for day in delivery.days]
    assert sum(day.refused.height for day in days) == 0
    return pl.concat([day.rows.collect() for day in days]).sort("session_id", "timestamp")


def read(delivery: Delivery, day: str) -> Intake:
    return read_day(drops.event_files([delivery.folder], day), day, 24.0, delivery.folder.with_name("scratch"))


def test_actions_become_events_with_their_names_texts_and_pages(tmp_path: Path) -> None:
    parts = Parts()
    delivery, _ = load(write(tmp_path / "opera", TRAIN, TEST), count=parts)
    assert parts.whole() == [(6, "rows")]
    rows = events(delivery).filter(session_id=ONE)
    assert rows.select("event_type", "value", "user_id").rows() == [
        ("submit", "red mug", ANN),
        ("click", None, ANN),
        ("click", None, ANN),
    ]
    assert [json.loads(target)["name"] for target in rows["target"]] == [
        "nav_bar.search_input",
        "search_results.red_mug",
        "buybox.purchase_form.buy_now",
    ]
    assert rows["timestamp"][0].isoformat() == "2025-04-03T01:00:01.719000+00:00"
    pages = pl.read_parquet(delivery.folder / "2025-04-03" / "pages.parquet")
    html = dict(pages.select("page_id", "html").iter_rows())
    assert html[rows["page_id"][1]] == page("search_results.red_mug").encode()
    assert set(pages["format"]) == {"context"}
    extra = json.loads(rows["extra"][0])
    assert (extra["split"], extra["action_type"]) == ("train", "input") and "rationale" not in extra
    assert rows["rationale"].to_list() == ["need a mug", None, None]
    assert json.loads(rows["extra"][1])["element_meta"] == '{"name":"","data":""}'
    closed = events(delivery).filter(session_id=TWO)
    assert closed["event_type"].to_list() == ["click", "close"] and closed["page_id"].n_unique() == 1


def test_what_no_stage_reads_is_kept_aside(tmp_path: Path) -> None:
    source = write(tmp_path / "opera", TRAIN, TEST)
    (source / "OPeRA_filtered" / "images" / "test-00000.parquet").write_bytes(b"never decoded")
    delivery, _ = load(source)
    aside = delivery.folder / "aside"
    assert pl.read_parquet(aside / "rationales.parquet").select("session_id", "rationale", "split").rows() == [
        (ONE, "need a mug", "train")
    ]
    sessions = pl.read_parquet(aside / "sessions.parquet")
    assert sessions.select("user_id", "split", "action_count", "n_actions").rows() == [
        (ANN, "train", "3", 3),
        (ANN, "test", "1", 1),
        (BOB, "test", "2", 2),
    ]
    users = pl.read_parquet(aside / "users.parquet")
    assert users.height == 4 and users["interview_transcript_processed"].to_list() == ["likes mugs"] * 4
    assert (aside / "OPeRA_filtered" / "images" / "test-00000.parquet").read_bytes() == b"never decoded"


def test_the_official_split_s_overlap_is_reported_and_what_later_stages_will_not_take(tmp_path: Path) -> None:
    delivery, figures = load(write(tmp_path / "opera", TRAIN, TEST))
    assert (figures["n_users_train"], figures["n_users_test"], figures["n_users_in_both_splits"]) == (1, 2, 1)
    assert (figures["n_sessions"], figures["n_sessions_start_with_search"]) == (3, 2)
    assert (figures["n_purchase_clicks"], figures["n_purchase_clicks_by_name"]) == (1, 1)
    assert (figures["n_sessions_test"], figures["n_sessions_test_of_train_users"]) == (2, 1)
    assert json.loads((delivery.folder / "import.json").read_text())["n_users_in_both_splits"] == 1
    assert "1 users in train, 2 in test, 1 in both, who made 1 of 2 test sessions" in opera_lines(figures)[0]


@pytest.mark.parametrize("ground", [GROUND, None])
def test_consent_is_granted_from_the_first_event_on_and_only_on_a_ground(tmp_path: Path, ground: str | None) -> None:
    delivery, _ = load(write(tmp_path / "opera", TRAIN, TEST), ground=ground)
    consent = pl.read_csv(delivery.folder / "consent.csv", infer_schema=False)
    first = [
        (ANN, "granted", "2025-04-03T01:00:01.719000Z", GROUND),
        (BOB, "granted", "2025-04-03T01:00:07.719000Z", GROUND),
    ]
    assert consent.rows() == (first if ground else [])
    assert delivery.n_users_with_consent == (2 if ground else 0)


def test_the_full_configuration_keeps_what_is_no_action_and_the_new_page(tmp_path: Path) -> None:
    rows = [
        action(ONE, 1, "navigation", navigation_type="new page", simplified_html_new_page=page("new")),
        search(ONE, 2, "mug", target="INPUT"),
        action(ONE, 3, "scroll", scroll_detail="{}"),
        action(ONE, 4, "tabActivate"),
        action(ONE, 5, "tab_activate"),
        action(ONE, 6, "input", "cart.quantity", input_text="2"),
    ]
    delivery, _ = load(write(tmp_path / "opera", rows, config="full_action"), "full_action")
    found = events(delivery)
    assert found["event_type"].to_list() == ["navigate", "submit", "scroll", "tab_activate", "tab_activate", "input"]
    extra = [json.loads(text) for text in found["extra"]]
    assert extra[1]["opera_target"] == "INPUT" and extra[2]["scroll_detail"] == "{}"
    pages = pl.read_parquet(delivery.folder / "2025-04-03" / "pages.parquet")
    assert pages.filter(page_id=extra[0]["new_page_id"])["html"].to_list() == [page("new").encode()]


def test_rows_at_the_same_time_keep_their_order_and_equal_imports_change_nothing(tmp_path: Path) -> None:
    rows = [action(ONE, 1, "click", f"n{at}", action_id=f"{9 - at}") for at in range(4)]
    source = write(tmp_path / "opera", rows)
    delivery, _ = load(source)
    names = [json.loads(target)["name"] for target in events(delivery).sort("timestamp")["target"]]
    assert names == ["n0", "n1", "n2", "n3"]
    assert load(source)[0].changed == ()


def test_a_row_that_cannot_be_an_event_is_refused_with_its_place(tmp_path: Path) -> None:
    rows = [
        *TRAIN,
        TRAIN[0] | {"timestamp": "yesterday"},
        TRAIN[0] | {"session_id": None},
        action("s1", 1, "click", "x"),
    ]
    source = write(tmp_path / "opera", rows)
    (source / "OPeRA_filtered" / "session" / "train" / "train.parquet").unlink()
    delivery, figures = load(source)
    assert delivery.refused == {"bad_timestamp": 1, "missing_session_id": 1, "missing_user_id": 1}
    assert delivery.n_events == 3 and figures["n_users_train"] == 1


def test_a_source_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(drops.DropError, match="has no OPeRA_filtered/action"):
        load(tmp_path / "nothing")
    file = write(tmp_path / "opera", TRAIN) / "OPeRA_filtered" / "action" / "train-00000-of-00001.parquet"
    pl.read_parquet(file).drop("timestamp").write_parquet(file)
    with pytest.raises(drops.DropError, match="lacks the columns timestamp"):
        load(tmp_path / "opera")
    file.write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(drops.DropError, match="git lfs pull"):
        load(tmp_path / "opera")
    assert not (tmp_path / "drop").exists()


def test_the_command_says_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCART_STATE", str(tmp_path / "state"))
    source = write(tmp_path / "OPeRA", TRAIN, TEST)
    told = CliRunner().invoke(cli, ["import", "opera", str(source), "--consent-ground", GROUND], catch_exceptions=False)
    assert told.exit_code == 0 and "1 in both" in told.output and "2 sessions start with a search" in told.output
    assert drops.registered(tmp_path / "state") == [tmp_path / "state" / "drops" / "import-opera-filtered-OPeRA"]


ODD = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(["2025-04-03", "2025-04-03T01:00:00+09:00", "terminate", "input", ONE])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CONFIGS),
    st.lists(st.dictionaries(st.sampled_from(COLUMNS["full_action"]), ODD), max_size=4),
    st.sets(st.sampled_from(sorted(set(COLUMNS["full_action"]) - set(NEEDED)))),
)
def test_whatever_the_columns_hold_every_row_is_an_event_or_refused(
    tmp_path_factory: pytest.TempPathFactory, config: Config, odd: list[dict[str, Any]], missing: set[str]
) -> None:
    source = write(tmp_path_factory.mktemp("odd") / "opera", [*TRAIN, *(TRAIN[0] | row for row in odd)], config=config)
    file = source / f"OPeRA_{config.removesuffix('_action')}" / "action" / "train-00000-of-00001.parquet"
    pl.read_parquet(file).drop(missing, strict=False).write_parquet(file)
    delivery, figures = load(source, config)
    assert delivery.n_events + sum(delivery.refused.values()) == 3 + len(odd)
    assert sum(read(delivery, day).n_read for day in delivery.days) == delivery.n_events
    # The test split's file, which has no rows, still has every column.
    assert figures["missing_columns"] == []


def test_the_14_gold_actions_are_the_three_actions_with_their_names(shared: Path, tmp_path: Path) -> None:
    gold = [json.loads(line) for line in (shared / "opera" / "opera_gt_sample.jsonl").read_text().splitlines()]
    rows = [
        action(one["session_id"], 2 * at, one["action_type"], one["semantic_id"])
        | {name: one[name] for name in ("click_type", "input_text")}
        for at, one in enumerate(gold)
    ]
    delivery, _ = load(write(tmp_path / "opera", rows))
    found = events(delivery).sort("timestamp")
    assert found["event_type"].to_list() == ["click"] * 11 + ["submit", "click", "close"]
    assert [json.loads(target)["name"] if target else None for target in found["target"]] == [
        one["semantic_id"] for one in gold
    ]
    buys = [is_purchase(Click(one["semantic_id"])) if one["semantic_id"] else False for one in gold]
    declared = [one["click_type"] == "purchase" for one in gold]
    assert sum(buys) == 0 and sum(declared) == 1, (
        "the one purchase has another name: counted by the import, no purchase later"
    )
    assert found["value"].to_list() == [one["input_text"] for one in gold]
    assert set(found["user_id"]) == {one["user_id"] for one in gold}


def test_the_timelines_of_218_sessions_keep_their_types_and_times(shared: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (shared / "opera" / "opera_timelines.jsonl").read_text().splitlines()]
    rows, of_session = [], {}
    for line in lines:
        session = line["session"]["session_id"]
        of_session[session] = line["session"]["user_id"]
        for at, one in enumerate(line["events"]):
            # Timelines have no targets: every input is taken for a search, which is the most that can begin with one.
            name = "nav_bar.search_input" if one["action_type"] == "input" else None
            rows.append(
                {"session_id": session, "action_id": f"{session}-{at}", "semantic_id": name}
                | {key: one[key] for key in ("timestamp", "action_type", "click_type")}
            )
    source = write(tmp_path / "opera", rows, config="full_action")
    sessions = pl.DataFrame(list(of_session.items()), schema=["session_id", "user_id"], orient="row")
    sessions.write_parquet(source / "OPeRA_full" / "session" / "train" / "train.parquet")
    delivery, figures = load(source, "full_action")
    found = events(delivery)
    assert (delivery.n_events, delivery.refused, found["user_id"].n_unique()) == (len(rows), {}, 15)
    given = pl.DataFrame(rows, infer_schema_length=None).select(
        "action_id", pl.col("timestamp").str.to_datetime(time_unit="us", time_zone="UTC"), "action_type"
    )
    same = found.join(given, left_on=["event_id", "timestamp"], right_on=["action_id", "timestamp"])
    assert same.height == len(rows)
    assert all(
        event_type_of(said, "search") == kept for said, kept in same.select("action_type", "event_type").iter_rows()
    )
    assert (figures["n_sessions"], figures["n_sessions_without_action"], figures["n_sessions_start_with_search"]) == (
        218,
        22,
        42,
    )
