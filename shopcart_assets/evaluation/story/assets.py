"""The asset of the sessions' stories: pages in the state folder, and previews without ids."""

from typing import Any

import dagster as dg

from shopcart_assets.evaluation.story.explorer import explore
from shopcart_assets.evaluation.story.lake import READS
from shopcart_assets.evaluation.story.text import as_markdown
from shopcart_assets.platform.assets import Platform, file_asset
from shopcart_assets.platform.page_file import FOLDER


@file_asset("evaluation.story", deps=READS, kinds=("html", "python"), personal_data="pseudonymous")
def story(platform: Platform) -> dg.MaterializeResult[Any]:
    """The session explorer: test sessions step by step, what the person did, and what each policy expected and why."""
    told = explore(platform.warehouse, platform.settings.state / FOLDER)
    previews = {why: dg.MetadataValue.md(as_markdown(one)) for why, one in told.worth.items()}
    links = {"path": dg.MetadataValue.path(told.index), "url": dg.MetadataValue.url(told.index.as_uri())}
    return dg.MaterializeResult(metadata={**links, **previews, "n_sessions": len(told.pages)})
