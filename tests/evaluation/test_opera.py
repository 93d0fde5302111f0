"""An invented download in OPeRA's format, from its Parquet files to both definitions of its outcome F1 and its split's overlap."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, f1_score

from shopcart_assets.cli import cli
from shopcart_assets.evaluation.sums import add_up
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.platform.warehouse import Warehouse
from tests.traffic.importers.opera_table import ANN, BOB, action, search, session_id, write

ENDS = ("buybox.purchase_form.buy_now", "buybox.purchase_form.add_to_cart", "check_out", None, None, None)
"""What each session ends with: OPeRA's purchase clicks, or None = the window closed."""

BUY, LEAVE = '{"type": "click", "name": "buybox.purchase_form.add_to_cart"}', '{"type": "terminate"}'
LOOK = '{"type": "click", "name": "search_results.red_mug"}'
ANSWERS = {
    "leaves": [LEAVE] * 6,
    "mixed": [BUY, LEAVE, LOOK, LEAVE, BUY, "nothing"],
    "perfect": [BUY, BUY, BUY, LEAVE, LEAVE, LEAVE],
}


def of_user(user: str, number: int) -> str:
    return session_id(user, f"2025-04-03T0{number}:00:00Z", f"2025-04-03T0{number}:30:00Z")


SESSIONS = [of_user(ANN if number < 4 else BOB, number) for number in range(len(ENDS))]


def rows(number: int) -> list[dict[str, object]]:
    """A session: a search, a product, its end. All buttons stand on its last page."""
    session, end = SESSIONS[number], ENDS[number]
    buttons = "".join(
        f'<div name="{name}">Buy</div>' for name in (*filter(None, dict.fromkeys(ENDS)), "search_results.red_mug")
    )
    last = {"simplified_html": f"<html><head></head><body>{buttons}</body></html>"}
    return [
        search(session, 100 * number, "red mug"),
        action(session, 100 * number + 20, "click", "search_results.red_mug", click_type="product_link"),
        action(session, 100 * number + 40, "click", end, click_type="purchase", **last)
        if end
        else action(session, 100 * number + 40, "terminate", **last),
    ]


@pytest.fixture(scope="module")
def opera(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The lake after import and ingestion, with all users in the test split and three policies judged."""
    folder: Path = tmp_path_factory.mktemp("opera")
    source = write(
        folder / "source", [row for n in (0, 1, 2) for row in rows(n)], [row for n in (3, 4, 5) for row in rows(n)]
    )
    (folder / "shopcart.yaml").write_text("profile: tiny\n")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"STATE": "state", "LAKE": "lake", "PROFILE": "tiny"}.items():
            patch.setenv(f"SHOPCART_{name}", str(folder / value) if name != "PROFILE" else value)
        drop = folder / "drop"
        for command in (
            ["import", "opera", str(source), "--out", str(drop), "--consent-ground", "study"],
            ["ingest", str(drop)],
        ):
            done = CliRunner().invoke(cli, command)
            assert done.exit_code == 0, done.output
        warehouse = load_settings().warehouse()
    judge(warehouse)
    return warehouse


def judge(warehouse: Warehouse) -> None:
    """Both users' sessions become cases, whatever side they are on, and each policy answers their ends."""
    actions = warehouse.read("context.actions").filter(pl.col("step") > 1)
    print(actions)


def test_it(opera: Warehouse) -> None:
    print(
        opera.read("dataset.splits"),
        opera.read("dataset.refused"),
        opera.read("context.actions"),
        opera.read("traffic.sessions"),
    )
    print(opera.views.query("from traffic.official_split"))
    assert 0
