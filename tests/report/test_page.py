import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from shopcart_assets.platform.policy import ServerConfig, WatchConfig
from shopcart_assets.platform.profiles import Profile, demo
from shopcart_assets.platform.warehouse import MissingPartition, Warehouse
from shopcart_assets.report.page import READS, Report, Tables, as_text, render, report
from shopcart_assets.report.published import published
from tests.report import invented

HOSTILE = "refused_<img src=x onerror=alert(1)>"


def build(*, is_simulated: bool = True, profile: Profile | None = None) -> Report:
    read = {**invented.tables(is_simulated=is_simulated, hostile=HOSTILE), "report.published": published()}
    return report(Tables(**{name: read[table] for name, table in READS.items()}), profile or demo())


def parse(text: str) -> Any:
    return html.document_fromstring(text)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    text = render(build())
    tree = parse(text)

    assert not tree.xpath("//script | //img | //link | //iframe | //@onerror | //@src")
    assert not [address for address in tree.xpath("//@href | //@*[name()='xlink:href']") if not address.startswith("#")]
    assert not re.search(r"url\((?!#)|@import", text)
    assert HOSTILE in tree.text_content()


def test_the_page_shows_every_policy_the_papers_rows_and_the_ceiling() -> None:
    shown = parse(render(build())).text_content()

    for policy in invented.accuracy()["policy"]:
        assert policy in shown
    for words in (
        "35.70",
        "31.1 to 40.3",
        "Bounds: the shoppers' own policy, and what they did",
        "DeepSeek-R1",
        "33.86",
        "not distinguishable",
    ):
        assert words in shown


def test_simulated_logs_carry_a_banner_and_real_ones_do_not() -> None:
    assert "SIMULATED SHOPPERS" in render(build())
    assert "SIMULATED SHOPPERS" not in render(build(is_simulated=False))


def test_equal_tables_give_equal_bytes() -> None:
    assert render(build()) == render(build())


def test_the_configuration_is_there_whole() -> None:
    built = build()

    assert (
        "experiments.smollm2-135m-reasoning-s0.train.learning_rate",
        str(demo().experiments[1].train.learning_rate),
    ) in built.settings
    assert built.config_sha256 in render(built)


def test_watched_model_lists_are_configuration_too() -> None:
    watching = replace(demo(), watches=(WatchConfig("claude-*", ServerConfig()),))

    assert ("watches.1.pattern", "claude-*") in build(profile=watching).settings


def test_the_preview_is_an_aligned_table() -> None:
    first, *rest = as_text(build().here).split("\n")

    assert first.split() == ["policy", "exact", "%", "95", "%", "interval", "F1", "%"]
    assert len({line.index(line.split()[1]) for line in rest}) == 1


def test_before_any_evaluation_the_page_says_what_to_do(warehouse: Warehouse) -> None:
    with pytest.raises(MissingPartition, match=r"evaluation\.comparisons .* materialize it first"):
        warehouse.read(READS["comparisons"])


def test_the_page_links_to_the_sessions_by_a_relative_path_where_there_are_any() -> None:
    first, *policies = parse(render(build(), "story.html")).xpath("//@href")
    assert first == "story.html" and len(policies) == len(build().here)
    assert all(one.startswith("story.html#policy=") and one.endswith("&kind=wrong") for one in policies)
    assert not parse(render(build())).xpath("//a[not(starts-with(@href, '#'))]")


def test_the_page_says_in_words_whether_models_can_be_told_apart_and_puts_claims_about_models_first() -> None:
    built = build()
    shown = parse(render(built)).text_content()

    assert "Can the fine-tuned models be told from their rivals?" in shown
    assert f"Distinguishable from {invented.RIVAL}, its prompt-only self" in shown
    assert [title for title, _ in built.families] == ["fine tuned against prompted", "reasoning against action only"]
