"""Model lists become policies once, keep their names and dates, and outlive a server that is away."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.found import Found, ListModels, found_policies, is_wanted, look
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import LLMError
from shopcart_assets.platform.partitions import check_key
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig, WatchConfig

HERE = ServerConfig(base_url="http://here:1", server="vllm", budget_usd=2.0)
THERE = ServerConfig(base_url="http://there:1")
FIRST, LATER = (dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 9))
NONE = table("evaluation.found_policies").empty()


def lists(by_url: Mapping[str | None, Sequence[str] | LLMError]) -> ListModels:
    def models(server: ServerConfig) -> Sequence[str]:
        found = by_url[server.base_url]
        if isinstance(found, LLMError):
            raise found
        return found

    return models


def seen(models: Sequence[str], *, earlier: pl.DataFrame = NONE, declared: Sequence[PolicyConfig] = ()) -> Found:
    return look([WatchConfig("claude-*", HERE)], declared, earlier, lists({"http://here:1": models}), FIRST)


def test_only_what_matches_is_found_and_it_asks_as_its_watch_says() -> None:
    found = seen(["claude-b", "gpt-x", "claude-a"])
    assert found.new == ["claude-a", "claude-b"] and not found.not_reached
    assert found_policies(found.rows)[0] == PolicyConfig("claude-a", "prompted", "claude-a", "prompted", server=HERE)


def test_what_was_found_stays_with_its_first_date_and_takes_the_settings_of_today() -> None:
    before = seen(["claude-a"]).rows
    watch = WatchConfig("claude-a*", replace(HERE, budget_usd=9.0))
    found = look([watch], (), before, lists({"http://here:1": ["claude-a", "claude-a2"]}), LATER)
    assert found.new == ["claude-a2"]
    told = found.rows.select("policy", "found_at", "budget_usd", "pattern").rows()
    assert told == [("claude-a", FIRST, 9.0, "claude-a*"), ("claude-a2", LATER, 9.0, "claude-a*")]
    gone = look([watch], (), found.rows, lists({"http://here:1": []}), LATER)
    assert gone.rows.equals(found.rows) and not gone.new, "a model that is listed no more keeps its row"


def test_an_unreachable_server_keeps_its_rows_and_is_said_once() -> None:
    before = seen(["claude-a"]).rows
    watches = [WatchConfig("claude-*", HERE), WatchConfig("other-*", HERE), WatchConfig("*", THERE)]
    found = look(watches, (), before, lists({"http://here:1": LLMError("away"), "http://there:1": ["m"]}), LATER)
    assert found.not_reached == ["away"] and found.new == ["m"]
    assert found.rows["policy"].to_list() == ["claude-a", "m"]


def test_a_declared_model_is_not_found_again_and_no_name_is_given_twice() -> None:
    mine = PolicyConfig("mine", "prompted", "claude-a", "prompted", server=HERE)
    other = PolicyConfig("claude-b", "baseline")
    found = seen(["claude-a", "claude-b", "claude-c/d", "claude-c d"], declared=[mine, other])
    names = found.rows["policy"].to_list()
    assert len(set(names)) == 3 and "claude-b" not in names and "claude-c-d" in names
    assert found.rows["model"].sort().to_list() == ["claude-b", "claude-c d", "claude-c/d"]
    assert seen(["claude-c/d"], earlier=found.rows, declared=[mine, other]).new == []


@given(st.lists(st.text(min_size=1, max_size=300), max_size=6, unique=True))
def test_every_id_becomes_a_partition_key_of_its_own(models: list[str]) -> None:
    found = look([WatchConfig("*", HERE)], (), NONE, lists({"http://here:1": models}), FIRST)
    assert sorted(found.rows["model"]) == sorted(models)
    assert len({check_key(name) for name in found.rows["policy"]}) == len(models)


def test_the_order_of_the_list_does_not_matter() -> None:
    assert seen(["claude-a", "claude/b", "claude-b"]).rows.equals(seen(["claude-b", "claude/b", "claude-a"]).rows)


@pytest.mark.parametrize("pattern", ["Claude-*", "laude*"])
def test_patterns_match_whole_ids_as_they_are_written(pattern: str) -> None:
    assert not look([WatchConfig(pattern, HERE)], (), NONE, lists({"http://here:1": ["claude-a"]}), FIRST).new


def test_what_nothing_watches_for_any_more_or_a_declared_policy_asks_is_not_asked_by_itself() -> None:
    (found,) = found_policies(seen(["claude-a"]).rows)
    watch = WatchConfig("claude-*", HERE)
    assert is_wanted(found, [], [watch]) and is_wanted(found, [found], [])
    assert not is_wanted(found, [], [])
    assert not is_wanted(found, [], [WatchConfig("gpt-*", HERE), WatchConfig("claude-*", THERE)])
    assert not is_wanted(found, [replace(found, name="mine")], [watch]), "it would be paid for twice"
    assert is_wanted(PolicyConfig("always_buy", "baseline"), [], [])
