"""Built-ins on the sample shop, where every click goes through the real pages: who learns beats who guesses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.definitions import defs
from shopcart_assets.evaluation.accuracy import accuracy
from shopcart_assets.evaluation.policies import REGISTRY
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.actions import Terminate, to_json
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.profiles import CEILING, ORACLE, PolicyConfig
from shopcart_assets.platform.settings import load_settings

pytestmark = pytest.mark.slow

DAYS = {"dagster/asset_partition_range_start": "2026-09-01", "dagster/asset_partition_range_end": "2026-09-02"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The tiny profile with more shoppers and results, up to test cases."""
    folder: Path = tmp_path_factory.mktemp("shop")
    settings = load_settings(
        {"SHOPCART_PROFILE": "tiny", "SHOPCART_STATE": str(folder), "SHOPCART_SECRET": "tests"}, folder
    )
    shop = replace(settings.profile.shop, n_users=40, n_sessions=100, n_results=4)
    settings = settings.model_copy(update={"profile": replace(settings.profile, shop=shop)})
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.setattr(Platform, "settings", settings)
        platform = Platform()
        for job, tags in (("sample_shop", {}), ("ingest_days", DAYS)):
            run = defs.resolve_job_def(job).execute_in_process(
                instance=instance, tags=tags, resources={"platform": platform}
            )
            assert run.success
        yield platform


@pytest.fixture(scope="module")
def scores(shop: Platform) -> dict[str, float]:
    """Micro accuracy of every policy that needs no model."""
    return dict(_accuracy(shop).select("policy", "micro_accuracy").iter_rows())


def _accuracy(shop: Platform) -> pl.DataFrame:
    cases, names = shop.warehouse.read("dataset.cases"), shop.warehouse.read("context.elements")
    policies = [CEILING, ORACLE, *(PolicyConfig(name, "baseline") for name in REGISTRY)]
    judged = [
        verdicts(predict(shop.warehouse, shop.settings, one, print), cases, names).with_columns(policy=pl.lit(one.name))
        for one in policies
    ]
    return accuracy(pl.concat(judged), cases, {})


def test_who_learns_beats_who_guesses(scores: dict[str, float]) -> None:
    learned = ("markov_1", "markov_2", "session_knn", "gradient_boosting")
    assert min(scores[name] for name in learned) > 1.5 * scores["random_legal"] > 0
    assert scores["gradient_boosting"] > max(
        scores[name] for name in ("first_result", "majority", "markov_1", "markov_2")
    )


def test_nobody_beats_the_shoppers_own_policy_by_much_and_the_oracle_is_right(scores: dict[str, float]) -> None:
    assert scores["oracle"] == 1.0
    assert max(value for name, value in scores.items() if name != "oracle") == scores["bayes_optimal"]


def test_always_terminate_scores_exactly_the_final_steps_that_it_must(shop: Platform, scores: dict[str, float]) -> None:
    cases = shop.warehouse.read("dataset.cases")
    left = cases.filter(pl.col("is_final") & (pl.col("action") == to_json(Terminate()))).height
    assert scores["always_terminate"] == pytest.approx(left / cases.height, abs=1e-12) and left > 0
