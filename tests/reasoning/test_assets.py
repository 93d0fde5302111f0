from typing import Any

import dagster as dg
import pytest

from shopcart_assets.platform.assets import Platform, markdown
from shopcart_assets.reasoning import assets
from shopcart_assets.reasoning.definitions import ASSETS, CHECKS
from shopcart_assets.reasoning.synthesize import synthesize
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import DAY, GENERATOR, actions, contexts

KEY = dg.AssetKey(["reasoning", "rationales"])
PARTITION = {"day": DAY, "generator": GENERATOR.name}


def materialize(platform: Platform) -> dg.ExecuteInProcessResult:
    platform.warehouse.write("context.actions", actions(), day=DAY)
    platform.warehouse.write("context.contexts", contexts(), day=DAY)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("generators", [GENERATOR.name])
        return dg.materialize(
            [*ASSETS, *CHECKS],
            resources={"platform": platform},
            instance=instance,
            partition_key=dg.MultiPartitionKey(PARTITION),
            raise_on_error=False,
        )


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = [one for one in result.get_asset_materialization_events() if one.asset_key == KEY]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {evaluation.check_name for evaluation in result.get_asset_check_evaluations() if not evaluation.passed}


def test_a_partition_is_synthesized_once_and_paid_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    llm = InventedLLM()
    monkeypatch.setattr(assets, "open_llm", lambda *_: llm)
    first, second = materialize(platform), materialize(platform)

    assert first.success and second.success
    assert not failed_checks(first) | failed_checks(second)
    assert len(llm.asked) == 4
    assert (metadata(first)["n_rationales"], metadata(first)["cost_usd"]) == (8, pytest.approx(0.04))
    assert (metadata(second)["n_reused"], metadata(second)["cost_usd"]) == (8, 0.0)
    assert platform.warehouse.read("reasoning.rationales", **PARTITION)["rationale"].unique().to_list() == [
        "I want a mug."
    ]


def test_hostile_answers_are_escaped_and_warned_of(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "open_llm", lambda *_: InventedLLM("We *must* [click](x) & `run` 5 ![it](y)"))
    monkeypatch.setattr(assets, "sample", lambda rationales: "<img src=x> `code`")
    result = materialize(platform)

    assert result.success, "few_defective warns, it does not block"
    assert failed_checks(result) == {"few_defective"}
    assert metadata(result)["n_has_markup"] == metadata(result)["n_quarantined"] == 8
    assert metadata(result)["sample"] == markdown("<img src=x> `code`").value
    assert "<img" not in metadata(result)["sample"]


def test_what_was_asked_by_another_prompt_is_not_let_through(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "open_llm", lambda *_: InventedLLM())
    honest = synthesize
    monkeypatch.setattr(
        assets, "synthesize", lambda taken, *rest: honest(taken.with_columns(text=taken["text"] + " later"), *rest)
    )

    assert failed_checks(materialize(platform)) == {"no_look_ahead"}
