"""The assets of the report stage: the paper's table as data, and the page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from shopcart_assets.evaluation.figures.drawn import every_look
from shopcart_assets.platform.assets import OWNERS, Platform, markdown, picture, report_all, table_asset, view_asset
from shopcart_assets.platform.page_file import FOLDER, REPORT, STORY, put_in_place
from shopcart_assets.report.page import Report, as_text, render, report
from shopcart_assets.report.published import published as published_rows
from shopcart_assets.report.tables import READS, Tables


@table_asset("report.published")
def published(platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """The paper's Tables 1, 2 and 4, as printed."""
    yield from report_all([platform.warehouse.write("report.published", published_rows())])


@dg.asset(
    key=["report", "page"],
    group_name="report",
    owners=OWNERS,
    kinds={"report", "python"},
    deps=[*(dg.AssetKey(table.split(".")) for table in READS.values()), dg.AssetKey(["evaluation", "story"])],
)
def page(platform: Platform) -> dg.MaterializeResult[Any]:
    """One HTML page: what was found and how sure it is, Table 1 beside the paper's, five figures, what it cost, what was dropped."""
    read, folder = platform.warehouse.read, platform.settings.state / FOLDER
    tables = Tables(**{name: read(table) for name, table in READS.items()})
    content = report(tables, platform.profile, every_look(platform.warehouse))
    path = put_in_place(folder / REPORT, render(content, STORY if (folder / STORY).exists() else None))
    return dg.MaterializeResult(metadata=_metadata(content, path))


table_1 = view_asset("report.table_1")
deltas = view_asset("report.deltas")
cost = view_asset("report.cost")


def _metadata(content: Report, path: Path) -> dict[str, dg.MetadataValue[Any] | int | bool]:
    return {
        "path": dg.MetadataValue.path(path),
        "url": dg.MetadataValue.url(path.as_uri()),
        "headline": markdown(content.headline),
        "table_1": markdown(as_text(content.here)),
        **{f"figure/{name}": picture(figure) for name, figure in content.figures.items()},
        "n_policies": len(content.here),
        "is_simulated": content.is_simulated,
    }
