import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from lxml import html

from shopcart_assets.platform.drawing.colours import PAGE, STYLE, contrast, looks
from shopcart_assets.platform.policy import ServerConfig, WatchConfig
from shopcart_assets.platform.profiles import Profile, demo
from shopcart_assets.platform.warehouse import MissingPartition, Warehouse
from shopcart_assets.report.page import Report, as_text, render, report
from shopcart_assets.report.published import published
from shopcart_assets.report.tables import READS, Tables
from tests.report import invented

HOSTILE = "refused_<img src=x onerror=alert(1)>"


def build(
    *, is_simulated: bool = True, profile: Profile | None = None, changed: Mapping[str, pl.DataFrame] | None = None
) -> Report:
    """`changed`: tables by name that are not as invented."""
    read = {
        **invented.tables(is_simulated=is_simulated, hostile=HOSTILE),
        "report.published": published(),
        **(changed or {}),
    }
    tables = Tables(**{name: read[table] for name, table in READS.items()})
    return report(tables, profile or demo(), looks(sorted(tables.accuracy["policy"])))


def parse(text: str) -> Any:
    return html.document_fromstring(text)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    text = render(build())
    tree = parse(text)

    assert not tree.xpath("//script | //img | //link | //iframe | //@onerror | //@src")
    assert not [address for address in tree.xpath("//@href | //@*[name()='xlink:href']") if not address.startswith("#")]
    assert not re.search(r"url\((?!#)|@import", text)
    assert not [value for value in tree.xpath("//@*") if re.search(r"https?:|file:", value)]
    policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert policy.startswith("default-src 'none'") and "script" not in policy
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


def test_five_figures_have_a_title_and_their_finding_in_words_for_those_who_do_not_see_them() -> None:
    tree = parse(render(build()))
    drawn = tree.xpath("//figure//*[name()='svg']")
    assert [one.get("role") for one in drawn] == ["img"] * 5
    ids = [one for svg in drawn for one in svg.get("aria-labelledby").split()]
    assert len(set(ids)) == 10 and all(len(tree.xpath(f"//*[@id='{one}']")) == 1 for one in ids)
    said = [tree.xpath(f"string(//*[@id='{one}'])") for one in ids[1::2]]
    assert all(re.search(r"\d", one) and len(one) > 60 for one in said), said
    assert all(one in tree.text_content() for one in said), "and for those who do"


def test_a_policy_has_one_colour_in_tables_and_figures() -> None:
    tree = parse(render(build()))
    number = 1 + sorted(invented.accuracy()["policy"]).index(invented.BEST)
    (badge,) = set(tree.xpath(f"//td[contains(., '{invented.BEST}')]/span[@class='badge']/@style"))
    fills = tree.xpath(f"//*[name()='text'][.='{number}'][@font-weight='700']/preceding-sibling::*[1]/@fill")
    assert len(fills) >= 4 and f"background:{fills[0]};" in badge and len(set(fills)) == 1


def test_hostile_names_stay_text() -> None:
    hostile = "<script>alert(1)</script>\x00]](javascript:x)\u202e&amp;"
    tables = {name: one.with_columns(pl.col("policy").replace(invented.BEST, hostile))
              for name, one in invented.tables().items() if "policy" in one.columns and "comparisons" not in name}  # fmt: skip
    text = render(build(changed={**tables, "training.steps": invented.steps(hostile)}))
    tree = parse(text)
    assert not tree.xpath("//script") and "\x00" not in "".join(tree.xpath("//figure//text()"))
    assert "&amp;lt;" not in text and "alert(1)" in tree.text_content()


def test_what_is_not_there_is_said_in_words() -> None:
    nothing = {
        name: invented.tables()[name].clear()
        for name in ("training.steps", "report.cost", "evaluation.accuracy", "evaluation.comparisons")
    }
    tree = parse(render(build(changed=nothing)))
    for words in ("no training curves", "nothing was spent", "there are no errors to show", "no mix of actions"):
        assert words in tree.text_content()
    assert len(tree.xpath("//figure")) == 1


def test_what_it_cost_and_which_rows_it_was_made_from_are_there() -> None:
    shown = parse(render(build()))
    (line,) = list(shown.xpath("//tr[td[1]='answers']"))
    assert [cell.text_content() for cell in line.xpath("td")][2:7] == ["20", "", "", "", "1.25"]
    assert "not known" in shown.xpath("string(//tr[td[1]='rationales'])")
    tables = [row.xpath("string(td[1])") for row in shown.xpath("//details[1]//tbody/tr")]
    assert tables == sorted(READS.values())
    assert "c0ffee" in shown.text_content()


@pytest.mark.parametrize("at", [0, 1], ids=["light", "dark"])
def test_links_and_warnings_are_readable_on_a_light_page_and_on_a_dark_one(at: int) -> None:
    own = render(build()).split("</style>")[0].split(STYLE)[1]
    named: list[tuple[str, str]] = re.findall(r"--([\w-]+): #([0-9a-f]{6})", own)
    rgb = {name: tuple(bytes.fromhex(value)) for name, value in (named[:4], named[4:])[at]}
    assert len(named) == 8 and contrast(rgb["warn-ink"], rgb["warn"]) >= 4.5  # type: ignore[arg-type]
    assert all(contrast(rgb["ours"], PAGE[page][at]) >= 4.5 for page in ("page", "card"))  # type: ignore[arg-type]
