"""The asset of the sessions' stories: a page in the state folder, and previews without ids."""

from typing import Any

import dagster as dg

from shopcart_assets.evaluation.story.lake import READS, stories
from shopcart_assets.evaluation.story.page import as_html
from shopcart_assets.evaluation.story.text import as_markdown
from shopcart_assets.platform.assets import OWNERS, Platform
from shopcart_assets.platform.page_file import FOLDER, STORY, put_in_place


@dg.asset(
    key=["evaluation", "story"],
    group_name="evaluation",
    owners=OWNERS,
    kinds={"html", "python"},
    deps=[dg.AssetKey(table.split(".")) for table in READS],
)
def story(platform: Platform) -> dg.MaterializeResult[Any]:
    """A few test sessions step by step: what the person did, and what each policy expected and why."""
    told = stories(platform.warehouse)
    path = put_in_place(platform.settings.state / FOLDER / STORY, as_html(told))
    previews = {why: dg.MetadataValue.md(as_markdown(one)) for why, one in told.items()}
    links = {"path": dg.MetadataValue.path(path), "url": dg.MetadataValue.url(path.as_uri())}
    return dg.MaterializeResult(metadata={**links, **previews, "n_sessions": len(told)})
