import base64
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.report.checks import CHECKS, as_printed
from shopcart_assets.report.definitions import ASSETS
from shopcart_assets.report.published import published
from tests.report import invented


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """What a result asks after its run is over, too, and only refers to weakly."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def materialize(platform: Platform, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize([*ASSETS, *CHECKS], resources={"platform": platform}, instance=instance, raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult, *key: str) -> dict[str, Any]:
    (event,) = (one for one in result.get_asset_materialization_events() if one.asset_key == dg.AssetKey(key))
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_the_page_is_put_in_place_and_shown_in_dagster(platform: Platform, instance: dg.DagsterInstance) -> None:
    invented.write_lake(platform.warehouse, hostile="refused_`<b>")
    result = materialize(platform, instance)
    shown = metadata(result, "report", "page")
    folder = platform.settings.state / "report"

    assert result.success
    assert [file.name for file in folder.iterdir()] == ["report.html"], "no scratch file is left"
    assert shown["path"] == str(folder / "report.html")
    assert shown["url"] == (folder / "report.html").as_uri()
    assert invented.BEST in shown["table_1"]
    figures = [value for name, value in shown.items() if name.startswith("figure/")]
    assert len(figures) == 5
    assert all(base64.b64decode(one.split("base64,")[1].rstrip(")")).startswith(b"<svg") for one in figures)
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())


def test_without_an_evaluation_the_old_page_stays(platform: Platform, instance: dg.DagsterInstance) -> None:
    page = platform.settings.state / "report" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("the old page")
    result = materialize(platform, instance)

    assert not result.success
    assert page.read_text() == "the old page"


def test_a_lost_row_of_the_papers_table_is_noticed() -> None:
    assert as_printed(published()) == []
    assert as_printed(published().tail(-1)) == ["table 1: 22 rows, 22 distinct, 23 printed"]
