"""Declared policies, checkpoints and found models, each under its own name."""

import datetime as dt

import polars as pl
import pytest

from shopcart_assets.evaluation import registry
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import NotDeclared, Profile, tiny
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled

PROFILE = tiny()


def finish(warehouse: Warehouse, name: str, arm: str) -> None:
    row = pl.DataFrame({"base_model": ["b"], "arm": [arm], "generator": ["g"], "seed": [3], "path": ["/x"]})
    warehouse.write("training.checkpoints", filled("training.checkpoints", row), experiment=name)


def find(warehouse: Warehouse, *names: str) -> None:
    rows = pl.DataFrame({"policy": names, "model": [f"org/{one}" for one in names], "kind": "messages"})
    rows = rows.with_columns(route=pl.lit("batch"), max_output_tokens=300, found_at=dt.datetime(2026, 11, 1))
    warehouse.write("evaluation.found_policies", filled("evaluation.found_policies", rows))


def more(warehouse: Warehouse, profile: Profile = PROFILE) -> list[str]:
    return [one.name for one in registry.policies(warehouse, profile)[len(profile.policies) :]]


def test_in_an_empty_lake_there_is_what_is_declared(warehouse: Warehouse) -> None:
    assert registry.policies(warehouse, PROFILE) == PROFILE.policies
    assert registry.policy(warehouse, PROFILE, "always_buy") == PROFILE.policy("always_buy")


def test_a_checkpoint_that_no_policy_names_is_one_and_a_thinking_one_is_two(warehouse: Warehouse) -> None:
    for name, arm in (("tiny-random-reasoning-s0", "reasoning"), ("mine", "action_only"), ("deep", "think")):
        finish(warehouse, name, arm)
    assert more(warehouse) == ["deep", "deep-no_think", "mine"]
    assert registry.policy(warehouse, PROFILE, "mine") == PolicyConfig(
        "mine", "fine_tuned", "mine", "action_only", "g", 3
    )
    both = [registry.policy(warehouse, PROFILE, name) for name in ("deep", "deep-no_think")]
    assert [(one.model, one.arm, one.is_thinking) for one in both] == [
        ("deep", "think", True),
        ("deep", "think", False),
    ]


def test_a_found_model_is_asked_at_its_server(warehouse: Warehouse) -> None:
    find(warehouse, "m1", "always_buy")
    found = registry.policy(warehouse, PROFILE, "m1")
    assert (found.kind, found.model, found.arm) == ("prompted", "org/m1", "prompted")
    assert found.server and (found.server.route, found.server.max_output_tokens) == ("batch", 300)
    assert more(warehouse) == ["m1"], "a declared policy keeps its name"
    assert registry.policy(warehouse, PROFILE, "always_buy").kind == "baseline"


def test_an_unknown_name_is_refused_with_the_known_ones(warehouse: Warehouse) -> None:
    find(warehouse, "m1")
    with pytest.raises(NotDeclared, match="no policy 'm2' in this profile; declared: .*always_buy.*; .* servers: m1"):
        registry.policy(warehouse, PROFILE, "m2")
