"""An invented lake with five policies evaluated, and the tables of other stages that the views read."""

from pathlib import Path

import polars as pl

from shopcart_assets.evaluation.comparisons import comparisons, declared_pairs
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.profiles import PolicyConfig, tiny
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.report.published import published
from tests.evaluation.invented import DAYS, fill, filled, measure, one_refresh
from tests.sql.invented_likelihoods import likelihoods

PROFILE = tiny()
# Stand-ins for the models: each answers as a baseline does.
ANSWERS = {
    "bayes_optimal": "bayes_optimal",
    "always_terminate": "always_terminate",
    "tiny-random-prompted": "random_legal",
    "tiny-random-action_only-s0": "first_result",
    "tiny-random-reasoning-s0": "markov_2",
}


def build(folder: Path) -> Warehouse:
    """The lake, under `folder`."""
    warehouse = Warehouse(open_lake(str(folder / "lake"), folder), folder / "lake" / "warehouse.duckdb")
    with one_refresh(warehouse):
        fill(warehouse)
        _evaluate(warehouse, folder)
        _others(warehouse)
    return warehouse


def _evaluate(warehouse: Warehouse, folder: Path) -> None:
    cases, names = warehouse.read("dataset.cases"), warehouse.read("context.elements")
    for policy, stand_in in ANSWERS.items():
        kind = "ceiling" if stand_in == "bayes_optimal" else "baseline"
        told = predict(warehouse, load_settings({}, folder), PolicyConfig(stand_in, kind), print)  # type: ignore[arg-type]
        warehouse.write("evaluation.predictions", told, policy=policy)
        scored = likelihoods(cases, 0) if policy.startswith("tiny-random") else None
        if scored is not None:
            warehouse.write("evaluation.likelihoods", scored, policy=policy)
        warehouse.write("evaluation.verdicts", verdicts(told, cases, names, scored), policy=policy)
    judged = warehouse.read("evaluation.verdicts")
    measure(warehouse, PROFILE.policies, PROFILE.experiments)
    warehouse.write(
        "evaluation.comparisons", comparisons(judged, declared_pairs(PROFILE.policies, PROFILE.experiments))
    )


def _others(warehouse: Warehouse) -> None:
    warehouse.write("report.published", published())
    for run in PROFILE.experiments:
        warehouse.write(
            "training.checkpoints",
            filled("training.checkpoints", pl.DataFrame({"arm": [run.arm], "config_sha256": [f"hash of {run.name}"]})),
            experiment=run.name,
        )
        steps = pl.DataFrame({"step": [1, 2], "loss_nats": [3.0, 1.0]})
        warehouse.write("training.steps", filled("training.steps", steps), experiment=run.name)
    fates = pl.DataFrame({"fate": ["read", "kept", "no_consent_denied"], "n_events": [10, 7, 3]})
    sessions = pl.DataFrame({"session_id": ["a", "b"], "is_admitted": [True, False], "refusal": [None, "no_search"]})
    warehouse.write("traffic.intake", fates, day=DAYS[0])
    warehouse.write("traffic.sessions", filled("traffic.sessions", sessions), day=DAYS[0])
    warehouse.write("privacy.pages", filled("privacy.pages", pl.DataFrame({"page_id": ["p"]})), day=DAYS[0])
    warehouse.write("privacy.drops", pl.DataFrame({"page_id": ["x"], "reason": ["empty"]}), day=DAYS[0])
    found = pl.DataFrame(
        {"kind": ["name", "name"], "place": ["text", "attribute:alt"], "detector": ["zone:greeting"] * 2}
    )
    warehouse.write("privacy.findings", filled("privacy.findings", found), day=DAYS[0])
    one = warehouse.read("context.actions", day=DAYS[0]).join(warehouse.read("dataset.splits"), on="session_id").head(1)
    told = filled("reasoning.rationales", one.select("session_id", "step"))
    asked = pl.DataFrame(
        {"session_id": one["session_id"][[0, 0]], "state": ["answered", "failed:refused"], "cost_usd": [0.5, None]}
    )
    for table, rows in (("reasoning.rationales", told), ("reasoning.responses", filled("reasoning.responses", asked))):
        warehouse.write(table, rows, day=DAYS[0], generator="invented")
