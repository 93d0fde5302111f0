"""Batches of pages: their rows, targets that stay, pages that cannot be read."""

import json

import polars as pl

from shopcart_assets.context.contexts import Batch, hits_added_up, simplify_batch
from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.dictionary import TABLES
from tests.context.days import BUYS, LEAVES, PAGES, event, events, rows, simplified


def test_a_batch_s_frames_conform_and_agree() -> None:
    day = simplified(PAGES, events(s1=BUYS, s2=LEAVES))
    contexts, names = rows(day, "contexts"), rows(day, "elements")
    assert contexts["page_id"].to_list() == ["results", "product"] and contexts["title"].to_list() == ["mugs", ""]
    assert contexts["n_names"].sum() == names.height and contexts["n_pruned"].sum() == 0
    assert names.filter(pl.col("page_id") == "results")["name"].to_list()[:3] == [
        "search_input",
        "search_button",
        "search_results.mug_a.view_product",
    ]


def test_targets_of_all_events_and_of_the_best_ones_are_resolved_and_kept() -> None:
    best = json.dumps({"event_type": "click", "target": {"node_id": "titlec"}, "probability": 0.5})
    day = simplified(PAGES, events(s1=[event("click", "results", "titleb", optimal=best)]), 140)
    seen = day.seen["results"]
    assert seen.resolutions[Target(node_id="titlec")] == Resolution("search_results.mug_c.view_product", "node_id")
    assert (
        seen.role_of("search_results.mug_b.view_product") == seen.role_of("search_results.mug_c.view_product") == "link"
    )
    (context,) = rows(day, "contexts").filter(page_id="results").to_dicts()
    assert context["context_tokens"] <= 140 and "mug_a" not in context["html"]


def test_only_roles_that_actions_ask_for_are_kept() -> None:
    seen = simplified(PAGES, events(s1=LEAVES)).seen["results"]
    assert seen.role_of("search_input") == "searchbox" and seen.role_of(None) is None and len(seen.roles) == 1


def test_a_page_that_cannot_be_read_has_a_reason_and_the_others_have_contexts() -> None:
    broken = PAGES.with_columns(
        html=pl.when(pl.col("page_id") == "product").then(pl.lit("<div>" * 5_000)).otherwise("html")
    )
    day = simplified(broken, events(s1=BUYS))
    assert list(day.seen) == ["results"] and rows(day, "contexts")["page_id"].to_list() == ["results"]
    assert rows(day, "quarantine").rows() == [("product", "too_deep")]


def test_no_pages_give_typed_empty_frames() -> None:
    done = simplify_batch(Batch(PAGES.clear(), {}, 5_500))
    for name in ("contexts", "elements", "quarantine", "recipe_hits"):
        assert getattr(done, name).schema == TABLES[f"context.{name}"].schema() and getattr(done, name).is_empty()


def test_hits_are_added_up_by_selector_and_kind() -> None:
    urls = ["https://www.amazon.com/s?k=mug", "https://www.amazon.com/dp/B01"]
    hits = rows(simplified(PAGES.with_columns(url=pl.Series(urls)), events(s1=LEAVES)), "recipe_hits")
    counts = {
        (row["page_kind"], row["selector"]): (row["n_pages"], row["n_pages_hit"], row["n_hits"])
        for row in hits.to_dicts()
    }
    assert counts["", "#twotabsearchtextbox"] == (2, 0, 0) and counts["search", ".s-main-slot"] == (1, 0, 0)
    assert counts["product", "#productTitle"] == (1, 0, 0) and set(hits["recipe"]) == {"amazon"}
    box = PAGES.with_columns(
        url=pl.Series(urls), html=pl.lit("<input id=twotabsearchtextbox><input id=twotabsearchtextbox>")
    )
    again = simplify_batch(Batch(box, {}, 5_500)).recipe_hits
    wanted = {"selector": "#twotabsearchtextbox", "n_pages": 2, "n_pages_hit": 2, "n_hits": 4, "must_hit": True}
    assert wanted.items() <= again.filter(selector="#twotabsearchtextbox").row(0, named=True).items()
    doubled = hits_added_up(pl.concat([again, again]))
    assert doubled["n_pages"].to_list() == [2 * n for n in again["n_pages"]] and doubled.height == again.height
