import json

import polars as pl

from shopcart_assets.context.contexts import (
    contexts_frame,
    elements_frame,
    quarantine_frame,
    recipe_hits_frame,
    simplify_day,
)
from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.dictionary import TABLES
from tests.context.days import BUYS, LEAVES, PAGES, event, events


def test_a_day_s_frames_conform_and_agree() -> None:
    seen = simplify_day(PAGES, events(s1=BUYS, s2=LEAVES), 5_500)
    contexts = TABLES["context.contexts"].conform(contexts_frame(seen))
    names = TABLES["context.elements"].conform(elements_frame(seen))
    assert contexts["page_id"].to_list() == ["results", "product"] and contexts["title"].to_list() == ["mugs", ""]
    assert contexts["n_names"].sum() == names.height and contexts["n_pruned"].sum() == 0
    assert names.filter(pl.col("page_id") == "results")["name"].to_list()[:3] == [
        "search_input",
        "search_button",
        "search_results.mug_a.view_product",
    ]


def test_targets_of_all_events_and_of_the_best_ones_are_resolved_and_kept() -> None:
    best = json.dumps({"event_type": "click", "target": {"node_id": "titlec"}, "probability": 0.5})
    seen = simplify_day(PAGES, events(s1=[event("click", "results", "titleb", optimal=best)]), 140)
    resolutions = seen["results"].resolutions
    assert resolutions[Target(node_id="titlec")] == Resolution("search_results.mug_c.view_product", "node_id")
    assert (
        seen["results"].role_of("search_results.mug_b.view_product")
        == seen["results"].role_of("search_results.mug_c.view_product")
        == "link"
    )
    assert seen["results"].page.context_tokens <= 140 and "mug_a" not in seen["results"].page.html


def test_a_page_that_cannot_be_read_has_a_reason_and_the_others_have_contexts() -> None:
    broken = PAGES.with_columns(
        html=pl.when(pl.col("page_id") == "product").then(pl.lit("<div>" * 5_000)).otherwise("html")
    )
    seen = simplify_day(broken, events(s1=BUYS), 5_500)
    assert list(seen) == ["results"] and seen.unread == {"product": "too_deep"}
    assert TABLES["context.quarantine"].conform(quarantine_frame(seen)).rows() == [("product", "too_deep")]


def test_a_day_without_pages_gives_typed_empty_frames() -> None:
    seen = simplify_day(PAGES.clear(), events(s1=LEAVES), 5_500)
    assert contexts_frame(seen).schema == TABLES["context.contexts"].schema() and elements_frame(seen).is_empty()
    assert recipe_hits_frame(seen).schema == TABLES["context.recipe_hits"].schema()


def test_hits_of_a_day_s_pages_are_added_up_by_selector_and_kind() -> None:
    urls = ["https://www.amazon.com/s?k=mug", "https://www.amazon.com/dp/B01"]
    seen = simplify_day(PAGES.with_columns(url=pl.Series(urls)), events(s1=LEAVES), 5_500)
    hits = TABLES["context.recipe_hits"].conform(recipe_hits_frame(seen))
    counts = {
        (row["page_kind"], row["selector"]): (row["n_pages"], row["n_pages_hit"], row["n_hits"])
        for row in hits.to_dicts()
    }
    assert counts["", "#twotabsearchtextbox"] == (2, 0, 0) and counts["search", ".s-main-slot"] == (1, 0, 0)
    assert counts["product", "#productTitle"] == (1, 0, 0) and set(hits["recipe"]) == {"amazon"}
    box = PAGES.with_columns(html=pl.lit("<input id=twotabsearchtextbox><input id=twotabsearchtextbox>"))
    again = recipe_hits_frame(simplify_day(box, events(s1=LEAVES), 5_500)).filter(selector="#twotabsearchtextbox")
    assert again.select("n_pages", "n_pages_hit", "n_hits", "must_hit").row(0) == (2, 2, 4, True)
