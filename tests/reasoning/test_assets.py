from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.catalog.assets import markdown
from shopcart_assets.platform.llm import buying
from shopcart_assets.platform.profiles import HUMAN
from shopcart_assets.reasoning import assets, summary
from shopcart_assets.reasoning.automation import answered_batches
from shopcart_assets.reasoning.definitions import ASSETS, CHECKS
from shopcart_assets.reasoning.plan import plan
from tests.platform.llm.fake_batches import FakeBatches, serve
from tests.platform.llm.fake_state import bills
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import DAY, GENERATOR, actions, contexts, events

PARTITION = {"day": DAY, "generator": GENERATOR.name}


def materialize(platform: Platform, generator: str = GENERATOR.name, **said: str) -> dg.ExecuteInProcessResult:
    platform.warehouse.write("context.actions", actions(), day=DAY)
    platform.warehouse.write("context.contexts", contexts(), day=DAY)
    platform.warehouse.write("privacy.events", events(**said), day=DAY)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("generators", [generator])
        return dg.materialize(
            [*ASSETS, *CHECKS],
            resources={"platform": platform},
            instance=instance,
            partition_key=dg.MultiPartitionKey(PARTITION | {"generator": generator}),
            raise_on_error=False,
        )


def metadata(result: dg.ExecuteInProcessResult, name: str = "rationales") -> dict[str, Any]:
    key = dg.AssetKey(["reasoning", name])
    (event,) = [one for one in result.get_asset_materialization_events() if one.asset_key == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {evaluation.check_name for evaluation in result.get_asset_check_evaluations() if not evaluation.passed}


def test_a_partition_is_synthesized_once_and_paid_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    llm = InventedLLM()
    monkeypatch.setattr(buying, "open_llm", lambda *_: llm)
    first, second = materialize(platform), materialize(platform)

    assert first.success and second.success
    assert failed_checks(first) == {"bill_is_as_expected"}, "a local model's answers are forecast to be free"
    assert not failed_checks(second)
    assert len(llm.asked) == 4
    assert (metadata(first)["n_rationales"], metadata(first, "responses")["cost_usd"]) == (8, pytest.approx(0.04))
    again = metadata(second, "responses")
    assert (again["n_reused"], again["n_bought"], again["cost_usd"]) == (8, 0, 0.0)
    assert metadata(second, "cost_preflight")["summary"].endswith("this costs $0")
    assert platform.warehouse.read("reasoning.rationales", **PARTITION)["rationale"].unique().to_list() == [
        "I want a mug."
    ]


def test_what_people_said_is_taken_from_their_events_and_nobody_is_asked(platform: Platform) -> None:
    result = materialize(platform, HUMAN.name, a1="I want a mug", a2="red", b1="<b>x")

    assert result.success and failed_checks(result) == {"few_rationales_are_defective"}
    kept = platform.warehouse.read("reasoning.rationales", day=DAY, generator=HUMAN.name)
    assert kept.select("session_id", "step", "rationale", "request_key", "mode").rows() == [
        ("a", 1, "I want a mug", None, None),
        ("a", 2, "red", None, None),
    ]
    assert metadata(result, "requests")["n_requests"] == metadata(result, "responses")["n_answers"] == 0
    assert metadata(result, "cost_preflight")["expected_usd"] == 0.0
    assert [metadata(result)[name] for name in ("n_rationales", "n_quarantined", "n_silent")] == [2, 1, 5]


def test_a_day_on_which_nobody_said_why_is_no_failure(platform: Platform) -> None:
    result = materialize(platform, HUMAN.name)
    assert result.success and not failed_checks(result) and metadata(result)["n_rationales"] == 0


def test_hostile_answers_are_escaped_and_warned_of(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buying, "open_llm", lambda *_: InventedLLM("We *must* [click](x) & `run` 5 ![it](y)"))
    monkeypatch.setattr(summary, "sample", lambda rationales: "<img src=x> `code`")
    result = materialize(platform)

    assert result.success, "few_rationales_are_defective warns, it does not block"
    assert failed_checks(result) == {"few_rationales_are_defective", "bill_is_as_expected"}
    assert metadata(result)["n_has_markup"] == metadata(result)["n_quarantined"] == 8
    assert metadata(result)["sample"] == markdown("<img src=x> `code`").value, "in a fence it is text and nothing else"


def test_what_was_asked_by_another_prompt_is_not_let_through(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = InventedLLM()
    monkeypatch.setattr(buying, "open_llm", lambda *_: llm)
    honest = plan
    monkeypatch.setattr(
        assets, "plan", lambda taken, *rest: honest(taken.with_columns(text=taken["text"] + " later"), *rest)
    )

    assert failed_checks(materialize(platform)) == {"requests_do_not_look_ahead"}
    assert not llm.asked, "a blocking check comes before anything is sent"


@pytest.fixture
def fake(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBatches]:
    """A server of batches that end at once, and a generator `batcher` in shopcart.yaml that asks it."""
    with serve(tmp_path / "server", answer=lambda _: "I want a mug.") as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SHOPCART_SERVER_KEY", "key")
        declare(server, budget_usd=1.0)
        yield server


def declare(server: FakeBatches, **more: Any) -> None:
    asked = {"model": "some-model", "base_url": server.url, "server": "anthropic", "route": "batch"}
    generator = {"name": "batcher", "output": "sentence", "page_tokens": 28, **asked, **more}
    price = {"model": "some-model", "input_usd": 1.0, "output_usd": 5.0}
    Path("shopcart.yaml").write_text(yaml.safe_dump({"generators": [generator], "prices": [price]}))


def look(platform: Platform) -> dg.SensorResult | dg.SkipReason:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, resources={"platform": platform}) as context,
    ):
        found = answered_batches(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_a_batch_is_sent_left_alone_and_brought_home_by_the_sensor(platform: Platform, fake: FakeBatches) -> None:
    sent = materialize(platform, "batcher")

    assert sent.success and not failed_checks(sent)
    assert metadata(sent, "responses")["n_under_way"] == metadata(sent)["n_waiting"] == 8
    found = look(platform)
    assert isinstance(found, dg.SensorResult)
    assert [request.partition_key for request in found.run_requests or ()] == [f"{DAY}|batcher"]

    home = materialize(platform, "batcher")
    assert home.success and not failed_checks(home) - {"few_rationales_are_defective", "bill_is_as_expected"}
    assert metadata(home)["n_waiting"] == 0 and metadata(home, "responses")["cost_usd"] > 0
    assert isinstance(look(platform), dg.SkipReason)
    assert metadata(materialize(platform, "batcher"), "responses")["cost_usd"] == 0
    assert set(Counter(bill.custom_id for bill in bills(fake.directory)).values()) == {1}


def test_a_budget_a_cent_too_small_sends_nothing_and_says_what_is_missing(
    platform: Platform, fake: FakeBatches
) -> None:
    declare(fake, budget_usd=0.0)
    asked = materialize(platform, "batcher")
    worst = metadata(asked, "cost_preflight")["worst_usd"]
    declare(fake, budget_usd=worst - 0.01)
    scarce = materialize(Platform(), "batcher")

    assert not scarce.success and failed_checks(scarce) == {"worst_case_fits_the_budget"}
    assert metadata(scarce, "cost_preflight")["missing_usd"] == pytest.approx(0.01)
    (check,) = [one for one in scarce.get_asset_check_evaluations() if not one.passed]
    assert "is missing" in str(check.metadata["first_problems"])
    assert bills(fake.directory) == []
    declare(fake, budget_usd=worst)
    assert materialize(Platform(), "batcher").success and bills(fake.directory)


def test_a_server_that_is_gone_is_said_by_the_sensor(platform: Platform, fake: FakeBatches) -> None:
    materialize(platform, "batcher")
    fake.shutdown()
    fake.server_close()
    found = look(platform)

    assert isinstance(found, dg.SkipReason)
    assert "batcher: 8 requests are under way, but" in str(found.skip_message)
