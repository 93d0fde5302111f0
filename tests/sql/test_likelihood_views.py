"""The views of likelihoods say what numpy and scikit-learn say, to 1e-12."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from shopcart_assets.platform.actions import from_json, is_purchase
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.view_text import answer, reads
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import add_up_likelihoods, fill, one_refresh
from tests.sql.invented_likelihoods import likelihoods

POLICIES = ("whole", "other", "partial")
EVENTS = ("terminate", "purchase")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The invented lake with three scored policies, one of them not in every case, a case that is asked no more, and a policy without rows."""
    folder = tmp_path_factory.mktemp("scored")
    warehouse = Warehouse(open_lake(str(folder / "lake"), folder), folder / "lake" / "warehouse.duckdb")
    with one_refresh(warehouse):
        fill(warehouse)
        cases = warehouse.read("dataset.cases")
        for number, policy in enumerate(POLICIES):
            rows = likelihoods(cases, number)
            gone = rows.head(1).with_columns(session_id=pl.lit("gone"))
            rows = rows.head(40) if policy == "partial" else rows
            warehouse.write("evaluation.likelihoods", pl.concat([rows, gone]), policy=policy)
        warehouse.write("evaluation.likelihoods", rows.clear(), policy="no_model")
        add_up_likelihoods(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def scored(lake: Warehouse) -> dict[str, pl.DataFrame]:
    """Each policy's rows beside what the person did."""
    cases = lake.read("dataset.cases")
    told = [from_json(text) for text in cases["action"]]
    cases = cases.with_columns(
        pl.Series("is_terminate", [one.type == "terminate" for one in told]),
        pl.Series("is_purchase", [is_purchase(one) for one in told]),
    )
    joined = lake.read("evaluation.likelihoods").join(cases, on=("session_id", "step"))
    return {str(policy): group for (policy,), group in joined.group_by("policy")}


def rows(lake: Warehouse, view: str) -> list[dict[str, Any]]:
    return lake.views.query(f"from evaluation.{view}").to_dicts()


def near(value: float) -> Any:
    return pytest.approx(value, abs=1e-12, rel=1e-12)


def test_ranking(lake: Warehouse, scored: dict[str, pl.DataFrame]) -> None:
    told = rows(lake, "ranking")
    assert [row["policy"] for row in told] == sorted(
        POLICIES, key=lambda policy: next(row["macro_nats_per_action"] for row in told if row["policy"] == policy)
    )
    n_asked = lake.read("dataset.cases").height
    for row in told:
        mine = scored[row["policy"]]
        rank = mine["human_rank"].fill_null(10**9).to_numpy()
        for k in (1, 3, 5):
            assert row[f"hit_{k}"] == near(float((rank <= k).mean()))
        assert row["mrr"] == near(float((mine["human_rank"].is_not_null().to_numpy() / rank).mean()))
        nats = mine["human_nats"].to_numpy()
        assert row["micro_nats_per_action"] == near(float(nats.mean()))
        sessions = [nats[(mine["session_id"] == one).to_numpy()].mean() for one in mine["session_id"].unique()]
        assert row["macro_nats_per_action"] == near(float(np.mean(sessions)))
        assert row["share_ranked"] == near(float((rank < 10**9).mean())) and row["candidates_per_case"] == 9
        assert row["n_cases"] == mine.height and row["n_sessions"] == len(sessions)
        assert row["share_scored"] == near(mine.height / n_asked)
        assert row["hit_1"] <= row["hit_3"] <= row["hit_5"] <= row["share_ranked"] <= 1
    assert {row["policy"]: row["share_scored"] < 1 for row in told} == {"whole": False, "other": False, "partial": True}


def test_bins_are_a_partition_of_equal_mass_as_far_as_chances_differ(
    lake: Warehouse, scored: dict[str, pl.DataFrame]
) -> None:
    told = rows(lake, "calibration")
    assert {(row["policy"], row["event"]) for row in told} == {(one, event) for one in POLICIES for event in EVENTS}
    for policy, mine in scored.items():
        for event in EVENTS:
            p, is_so = mine[f"p_{event}"].to_numpy(), mine[f"is_{event}"].to_numpy()
            cell = np.floor(32 * np.log(np.maximum(p, 1e-15) / np.maximum(1 - p, 1e-15)))
            below = np.array([(cell < one).sum() for one in cell])
            bins = 1 + 10 * below // len(p)
            found = [row for row in told if (row["policy"], row["event"]) == (policy, event)]
            assert [row["bin"] for row in found] == sorted(set(bins.tolist()))
            for row in found:
                inside = bins == row["bin"]
                assert row["n_cases"] == inside.sum()
                assert row["predicted"] == near(float(p[inside].mean()))
                assert row["observed"] == near(float(is_so[inside].mean()))
                largest = max(np.unique(cell[inside], return_counts=True)[1])
                assert row["n_cases"] <= len(p) / 10 + largest
            assert [row["predicted"] for row in found] == sorted(row["predicted"] for row in found)


def test_scores_of_chances(lake: Warehouse, scored: dict[str, pl.DataFrame]) -> None:
    told = rows(lake, "calibration_scores")
    assert [(row["policy"], row["event"]) for row in told] == sorted(
        (one, event) for one in POLICIES for event in EVENTS
    )
    for row in told:
        mine = scored[row["policy"]]
        p, is_so = mine[f"p_{row['event']}"].to_numpy(), mine[f"is_{row['event']}"].to_numpy()
        clipped, rate = np.clip(p, 1e-15, 1 - 1e-15), is_so.mean()
        assert row["base_rate"] == near(rate) and row["n_cases"] == len(p)
        assert row["brier"] == near(brier_score_loss(is_so, p))
        assert row["log_loss_nats"] == near(log_loss(is_so, clipped))
        always = np.full(len(p), rate)
        assert row["brier_skill"] == near(1 - brier_score_loss(is_so, p) / brier_score_loss(is_so, always))
        assert row["log_loss_skill"] == near(1 - log_loss(is_so, clipped) / log_loss(is_so, always))
        last = mine["is_final"].to_numpy()
        if row["event"] == "terminate":
            assert {row[name] for name in ("final_rate", "average_precision", "auroc", "n_sessions")} == {None}
            continue
        assert row["policy"] == "partial" or len(np.unique(p[last])) < last.sum(), (
            "no ties: this test would prove little"
        )
        assert row["n_sessions"] == last.sum() and row["final_rate"] == near(is_so[last].mean())
        assert row["average_precision"] == near(average_precision_score(is_so[last], p[last]))
        assert row["auroc"] == near(roc_auc_score(is_so[last], p[last]))


@pytest.mark.parametrize("view", ["ranking", "calibration", "calibration_scores"])
def test_the_order_of_the_rows_does_not_matter(lake: Warehouse, view: str) -> None:
    name = f"evaluation.{view}"
    tables = {one: lake.read(one) for one in reads(name)}
    shuffled = {one: frame.sample(fraction=1, shuffle=True, seed=5) for one, frame in tables.items()}
    assert answer(name, shuffled).equals(lake.read(name))


def test_where_nobody_bought_what_is_undefined_is_null(warehouse: Warehouse, lake: Warehouse) -> None:
    leaving = lake.read("dataset.cases").filter(pl.col("action").str.contains("terminate"))
    with one_refresh(warehouse):
        warehouse.write("dataset.cases", leaving, day="2026-10-01")
        warehouse.write("evaluation.likelihoods", likelihoods(leaving, 1), policy="one")
        add_up_likelihoods(warehouse)
    bought, left = rows(warehouse, "calibration_scores")
    assert (bought["base_rate"], left["base_rate"]) == (0, 1)
    undefined = {bought[name] for name in ("brier_skill", "log_loss_skill", "average_precision", "auroc")}
    assert undefined == {left["brier_skill"], left["log_loss_skill"]} == {None}
    assert bought["brier"] > 0 and left["log_loss_nats"] > 0


def test_a_name_that_only_sounds_like_a_purchase_is_none(warehouse: Warehouse, tmp_path: Path) -> None:
    names = ("buy_now", "mug.buy_now", "buy_now_guide", "buy_now.help", "cart")
    actions = [f'{{"type": "click", "name": "{name}"}}' for name in names]
    cases = pl.DataFrame({"session_id": list(names), "step": 2, "user_id": "u", "action": actions, "page_id": "p"})
    cases = cases.with_columns(pl.lit(True).alias("is_final"))
    with one_refresh(warehouse):
        warehouse.write("dataset.cases", cases, day="2026-10-01")
        warehouse.write("evaluation.likelihoods", likelihoods(cases, 1), policy="one")
        add_up_likelihoods(warehouse)
    assert rows(warehouse, "calibration_scores")[0]["base_rate"] == near(
        sum(is_purchase(from_json(text)) for text in actions) / len(names)
    )
