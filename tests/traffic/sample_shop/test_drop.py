"""The drop: byte-equal for equal configurations, in the contract, labelled as simulated."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.profiles import ShopConfig
from shopcart_assets.traffic.sample_shop.drop import ensure_drop, write_drop


def _events(drop: Path) -> list[dict[str, Any]]:
    lines = [
        line
        for file in sorted(drop.glob("*/events.jsonl"))
        for line in file.read_text().splitlines()
        if line.endswith("}")
    ]
    return [json.loads(line) for line in lines]


def _actions(drop: Path) -> list[dict[str, Any]]:
    return [event for event in _events(drop) if "optimal" in event]


def _pages(drop: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(file) for file in sorted(drop.glob("*/pages.parquet"))])


def test_equal_configurations_give_equal_bytes(sample: Path, config: ShopConfig, tmp_path: Path) -> None:
    again = write_drop(config, tmp_path / "again")
    files = sorted(file.relative_to(sample) for file in sample.rglob("*") if file.is_file())
    assert len(files) == 6
    assert [(again / file).read_bytes() for file in files] == [(sample / file).read_bytes() for file in files]
    other = write_drop(replace(config, seed=12), tmp_path / "other")
    assert (other / files[0]).read_bytes() != (sample / files[0]).read_bytes()


def test_it_says_that_it_is_simulated(sample: Path) -> None:
    assert (sample / "README.txt").read_text().startswith("SIMULATED")


def test_it_is_made_anew_only_when_the_configuration_changes(config: ShopConfig, tmp_path: Path) -> None:
    small = replace(config, n_sessions=4)
    assert ensure_drop(small, tmp_path / "drop") and not ensure_drop(small, tmp_path / "drop")
    assert ensure_drop(replace(small, seed=1), tmp_path / "drop")
    assert {path.name for path in tmp_path.iterdir()} == {"drop", ".drop.lock"}


def test_a_session_does_not_depend_on_how_many_there_are(sample: Path, config: ShopConfig, tmp_path: Path) -> None:
    def unplanted(drop: Path) -> dict[str, Any]:
        return {event["event_id"]: event for event in _actions(drop) if re.fullmatch(r"s\d+-\d+", event["event_id"])}

    fewer = unplanted(write_drop(replace(config, n_sessions=10), tmp_path / "fewer"))
    assert fewer and fewer.items() <= unplanted(sample).items()


def test_pages_are_content_addressed_and_delivered_once(sample: Path) -> None:
    delivered = _pages(sample).drop_nulls("html")
    assert delivered["page_id"].is_unique().all()
    assert [hashlib.sha256(html).hexdigest() for html in delivered["html"]] == delivered["page_id"].to_list()
    named = {event["page_id"] for event in _events(sample)} - {None}
    assert len(named - set(delivered["page_id"])) == 1  # the page whose bytes are left out


def test_a_session_lies_across_midnight_and_its_page_is_delivered_the_day_before(sample: Path) -> None:
    dates: dict[str, set[str]] = {}
    for event in _actions(sample):
        if not event["event_id"].endswith("-skewed"):
            dates.setdefault(event["session_id"], set()).add(event["timestamp"][:10])
    assert any(len(days) == 2 for days in dates.values())


def test_recorders_differ_in_how_they_name_a_target(sample: Path) -> None:
    targets = [event["target"] for event in _actions(sample) if event["target"]]
    bare = [target for target in targets if "node_id" not in target]
    assert len(bare) / len(targets) == pytest.approx(0.2, abs=0.07)  # two standard errors
    assert all(target["xpath"].startswith("/html/body") and target["tag"] for target in bare)


def test_the_optimum_stands_beside_each_action(sample: Path) -> None:
    for event in _actions(sample):
        optimal = event["optimal"]
        assert optimal.keys() == {"event_type", "target", "value", "page_id", "probability"}
        assert 0 < optimal["probability"] <= 1 and optimal["page_id"] == event["page_id"]
        assert (optimal["target"] is None) == (optimal["event_type"] == "close" or optimal["page_id"] is None)
    assert {event["event_type"] for event in _events(sample)} == {"submit", "click", "close", "scroll", "hover"}


def test_days_are_those_of_the_configuration(sample: Path, config: ShopConfig) -> None:
    days = sorted(folder.name for folder in sample.iterdir() if folder.is_dir())
    assert days == [(config.first_day + dt.timedelta(days=n)).isoformat() for n in range(config.n_days)]
