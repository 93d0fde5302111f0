"""OPeRA: an invented download in its format, from Parquet files to both definitions of its outcome F1 and its split's overlap."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, f1_score

from shopcart_assets.cli import cli
from shopcart_assets.dataset.cases import cases
from shopcart_assets.evaluation.sums import sums, user_scores, with_categories
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.platform.warehouse import Warehouse
from tests.traffic.importers.opera_table import ANN, BOB, action, search, session_id, write

ENDS = ("buybox.purchase_form.buy_now", "buy_now", "cart.buy_now", None, None, None)
"""What each session ends with: OPeRA's purchase clicks, or None = the window closed."""

BUY, LEAVE = '{"type": "click", "name": "buybox.purchase_form.buy_now"}', '{"type": "terminate"}'
LOOK = '{"type": "click", "name": "search_results.red_mug"}'
ANSWERS = {
    "leaves": [LEAVE] * 6,
    "mixed": [BUY, LEAVE, LOOK, LEAVE, BUY, "nothing"],
    "perfect": [BUY, BUY, BUY, LEAVE, LEAVE, LEAVE],
}
"""What each policy says at the end of each session; BUY is another purchase than the person's in two of three."""

CALLS = {BUY: "purchase", LEAVE: "terminate"}
HUMAN = ["purchase" if end else "terminate" for end in ENDS]
SESSIONS = [
    session_id(ANN if n < 4 else BOB, f"2025-04-03T0{n}:00:00Z", f"2025-04-03T0{n}:30:00Z") for n in range(len(ENDS))
]


def rows(number: int) -> list[dict[str, object]]:
    """A session: a search, a product, its end. All buttons stand on its last page."""
    session, end = SESSIONS[number], ENDS[number]
    names = (*(name for name in ENDS if name), "search_results.red_mug")
    buttons = "".join(f'<div name="{name}">Buy</div>' for name in names)
    last = {"simplified_html": f"<html><head></head><body>{buttons}</body></html>"}
    ended = ("click", end) if end else ("terminate",)
    return [
        search(session, 100 * number, "red mug"),
        action(session, 100 * number + 20, "click", "search_results.red_mug", click_type="product_link"),
        action(session, 100 * number + 40, *ended, click_type="purchase" if end else None, **last),
    ]


def f1_of(warehouse: Warehouse) -> dict[str, dict[str, float | int | None]]:
    found = warehouse.views.query("from evaluation.opera_outcomes").to_dicts()
    return {row.pop("policy"): row for row in found}


def expected(human: list[str], called: list[str]) -> dict[str, float]:
    """By scikit-learn; what is neither a purchase nor terminate is a third class, which no session is."""
    f1 = {name: float(f1_score(human, called, labels=[name], average="macro", zero_division=0)) for name in set(human)}
    return {
        "binary_f1": f1["purchase"],
        "terminate_f1": f1["terminate"],
        "weighted_f1": float(f1_score(human, called, average="weighted", zero_division=0)),
        "macro_f1": (f1["purchase"] + f1["terminate"]) / 2,
        "accuracy": float(accuracy_score(human, called)),
    }


@pytest.mark.slow
def test_a_download_becomes_sessions_with_their_purchases_and_is_judged_by_both_definitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = ([row for number in numbers for row in rows(number)] for numbers in ((0, 1, 2), (3, 4, 5)))
    drop = tmp_path / "drop"
    for name, value in {"STATE": tmp_path / "state", "LAKE": tmp_path / "lake", "PROFILE": "tiny"}.items():
        monkeypatch.setenv(f"SHOPCART_{name}", str(value))
    source = str(write(tmp_path / "source", train, test))
    for command in (
        ["import", "opera", source, "--out", str(drop), "--consent-ground", "study"],
        ["ingest", str(drop)],
    ):
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 0, done.output
    warehouse = load_settings().warehouse()
    splits = warehouse.read("dataset.splits").with_columns(split=pl.lit("test"))
    assert dict(splits.select("session_id", "outcome").iter_rows()) == dict(zip(SESSIONS, HUMAN, strict=True))

    overlap = warehouse.views.query("from traffic.official_split").to_dicts()
    assert [tuple(row.values()) for row in overlap] == [
        ("test", 3, 2, 1, pytest.approx(1 / 3)),
        ("train", 3, 1, 1, 1.0),
    ]

    asked = cases(warehouse.read("context.actions").drop("day"), splits.drop("day")).with_columns(
        day=pl.lit(splits["day"][0])
    )
    judge(warehouse, asked)
    for policy, row in f1_of(warehouse).items():
        wanted = expected(HUMAN, [CALLS.get(answer, "neither") for answer in ANSWERS[policy]])
        assert {name: row[name] for name in wanted} == pytest.approx(wanted, abs=1e-12)
        assert (row["n_purchase"], row["n_terminate"]) == (3, 3)


def judge(warehouse: Warehouse, asked: pl.DataFrame) -> None:
    """Each policy answers the ends as ANSWERS says, and looks at a product before."""
    told = []
    for policy, ends in ANSWERS.items():
        says = dict(zip(SESSIONS, ends, strict=True))
        output = [says[row["session_id"]] if row["is_final"] else LOOK for row in asked.to_dicts()]
        given = asked.select("session_id", "step").with_columns(
            pl.Series("output", output), seed=pl.lit(0), stop_reason=pl.lit("end_turn")
        )
        judged = verdicts(given, asked, warehouse.read("context.elements")).with_columns(policy=pl.lit(policy))
        sites = with_categories(asked).with_columns(site=pl.lit("amazon.com"))
        told.append(sums(judged, sites).user_scores)
    warehouse.write("evaluation.user_scores", pl.concat(told))


@pytest.mark.parametrize("seed", range(3))
def test_both_definitions_equal_scikit_learn(warehouse: Warehouse, seed: int) -> None:
    rng = np.random.default_rng(seed)
    human = ["purchase", "terminate", *rng.choice(["purchase", "terminate"], 300, p=[0.14, 0.86])]
    called = [*rng.choice(["purchase", "terminate", "other", "illegal"], len(human), p=[0.3, 0.5, 0.1, 0.1])]
    warehouse.write("evaluation.user_scores", user_scores(finals(human, called)))
    (row,) = f1_of(warehouse).values()
    wanted = expected(human, called)
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, abs=1e-12)


def test_where_nobody_buys_and_nothing_is_bought_binary_f1_is_undefined_and_weighted_f1_is_not(
    warehouse: Warehouse,
) -> None:
    warehouse.write("evaluation.user_scores", user_scores(finals(["terminate"] * 3, ["terminate"] * 3)))
    (row,) = f1_of(warehouse).values()
    assert (row["binary_f1"], row["macro_f1"], row["weighted_f1"], row["accuracy"]) == (None, None, 1.0, 1.0)


def finals(human: list[str], called: list[str]) -> pl.DataFrame:
    """A verdict for the end of each session, as far as sums read it."""
    said = pl.DataFrame({"human": human, "predicted_category": called})
    is_right = pl.col("human") == pl.col("predicted_category")
    flags = {f"is_{name}": is_right for name in ("exact", "type", "target", "folded")}
    return said.with_row_index("step").with_columns(
        policy=pl.lit("p"),
        user_id=pl.format("u{}", pl.col("step") % 7),
        session_id=pl.format("s{}", "step"),
        is_final=pl.lit(True),
        human_category=pl.col("human"),
        human_is_purchase=pl.col("human") == "purchase",
        **flags,
    )
