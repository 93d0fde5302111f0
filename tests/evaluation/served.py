"""A policy that a fake server answers, over a copy of the invented lake; also a program of its own, so that tests can kill it.

python -m tests.evaluation.served LAKE URL ROUTE ROUND
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from shopcart_assets.evaluation.api import Responses, ask
from shopcart_assets.platform.llm import Route
from shopcart_assets.platform.llm.prices import Price, vendored
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig
from shopcart_assets.platform.profiles import Profile, tiny
from shopcart_assets.platform.settings import Settings, load_settings
from tests.platform.llm.fake_state import said

MODEL, ROUND = "some-model", "2026-W48"


def served(
    url: str,
    route: Literal["online", "batch", "auto"] = "online",
    budget_usd: float | None = 50.0,
    server: str | None = "anthropic",
    **more: Any,
) -> PolicyConfig:
    """Asked at `url`, which costs money."""
    asked = ServerConfig("messages", url, server, route, budget_usd, max_output_tokens=60)
    return PolicyConfig("asked", "prompted", MODEL, "prompted", server=asked, **more)


def configured(lake: Path, *policies: PolicyConfig, profile: Profile | None = None) -> Settings:
    """Settings with these policies, a key and a price."""
    profile = profile or tiny()
    loaded = load_settings({"SHOPCART_LAKE": str(lake), "SHOPCART_SERVER_KEY": "key", "SHOPCART_PROFILE": "tiny"}, lake)
    prices = vendored().with_own([Price(model=MODEL, input_usd=1.0, output_usd=5.0, cache_minimum_tokens=0)])
    policies = (*profile.policies, *policies)
    return loaded.model_copy(update={"profile": replace(profile, policies=policies), "prices": prices})


def leaves(params: Mapping[str, Any]) -> str:
    """Always terminate, with a thought, in the form of the paper."""
    return "<think>Too dear?</think>" + json.dumps({"action": {"type": "terminate"}, "rationale": "Too dear."})


def buys_mugs(params: Mapping[str, Any]) -> str:
    """Searches for a mug on every page; the history is in the words of the request."""
    assert said(params)[-1].startswith("<html>")
    action = {"type": "type_and_submit", "name": "search_input", "text": "mug"}
    return json.dumps({"action": action, "rationale": "I want a mug."})


def asked(settings: Settings, policy: PolicyConfig, round_: str = ROUND, told: list[Any] | None = None) -> Responses:
    """One run of `ask`, written as the asset does."""
    warehouse = settings.warehouse()
    tell = (told if told is not None else []).append
    got = ask(warehouse, settings, policy, round_, tell, lambda _: None)
    warehouse.write("evaluation.responses", got.rows, policy=policy.name, round=round_)
    return got


def main(lake: str, url: str, route: str, round_: str) -> None:
    """One run of `ask` in a process."""
    policy = served(url, cast("Route", route))
    asked(configured(Path(lake), policy), policy, round_)


if __name__ == "__main__":
    main(*sys.argv[1:])
