"""Models that appear on a watched server's list become policies: evaluation.found_policies. Nothing is asked of a model here."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import LLMError, list_models
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig, WatchConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse

TABLE = "evaluation.found_policies"
_SERVER = ("kind", "base_url", "server", "route", "budget_usd", "max_output_tokens")
_LONGEST_NAME = 100

ListModels = Callable[[ServerConfig], Sequence[str]]
"""The model ids that a server lists. Raises LLMError."""


@dataclass(frozen=True)
class Found:
    """evaluation.found_policies, those that are new, and a line for each server that could not be asked: it keeps its rows."""

    rows: pl.DataFrame
    new: list[str]
    not_reached: list[str]


def watch(warehouse: Warehouse, settings: Settings, log: Callable[[str], None]) -> Found:
    """One look at all watched servers of the profile. Nothing is written; who cannot be asked is logged."""

    def lists(server: ServerConfig) -> Sequence[str]:
        return list_models(server.asked_for("watch", "any"), settings, log)

    earlier = warehouse.read(TABLE) if warehouse.exists(TABLE) else table(TABLE).empty()
    profile = settings.profile
    found = look(profile.watches, profile.policies, earlier, lists, dt.datetime.now(dt.UTC))
    for line in found.not_reached:
        log(f"a model list could not be read, so what it listed earlier stays: {line}")
    return found


def look(
    watches: Sequence[WatchConfig],
    declared: Sequence[PolicyConfig],
    earlier: pl.DataFrame,
    lists_of: ListModels,
    now: dt.datetime,
) -> Found:
    """What the watched servers list now, added to what they listed before: no row ever goes, and `found_at` stays.

    What is found again takes its server's settings of today. A model that a declared policy asks at the same address is left to
    that policy.
    """
    rows = {(row["model"], row["kind"], row["base_url"]): row for row in earlier.to_dicts()}
    known_before = set(rows)
    taken = {one.name for one in declared} | {str(row["policy"]) for row in rows.values()}
    known = {(one.model, one.server.kind, one.server.base_url) for one in declared if one.server}
    not_reached: list[str] = []
    seen: set[tuple[str, str, str | None]] = set()
    lists: dict[tuple[str, str | None], Sequence[str]] = {}
    for watch in watches:
        place = (watch.server.kind, watch.server.base_url)
        if place not in lists:
            lists[place] = _listed(watch.server, lists_of, not_reached)
        for model in sorted(one for one in lists[place] if fnmatchcase(one, watch.pattern)):
            key = (model, *place)
            if key in known or key in seen:
                continue
            seen.add(key)
            before = rows.get(key) or {"policy": _name(model, place, taken), "model": model, "found_at": now}
            taken.add(before["policy"])
            rows[key] = before | {name: getattr(watch.server, name) for name in _SERVER} | {"pattern": watch.pattern}
    found = pl.DataFrame(list(rows.values()), table(TABLE).schema()).sort("found_at", "policy")
    return Found(found, [row["policy"] for key, row in rows.items() if key not in known_before], not_reached)


def found_policies(rows: pl.DataFrame) -> tuple[PolicyConfig, ...]:
    """The rows of evaluation.found_policies as policies, in the order in which they were found."""
    return tuple(map(_policy, rows.sort("found_at", "policy").iter_rows(named=True)))


def is_wanted(policy: PolicyConfig, declared: Sequence[PolicyConfig], watches: Sequence[WatchConfig]) -> bool:
    """Whether the configuration still asks for the policy by itself: it declares it, or what was found is watched and left to it.

    A found model stays in its table for good: its results do. It must not cost money for good.
    """
    if policy.server is None or any(one.name == policy.name for one in declared):
        return True
    place = (policy.server.kind, policy.server.base_url)
    asked = {(one.model, one.server.kind, one.server.base_url) for one in declared if one.server}
    return (policy.model, *place) not in asked and any(
        fnmatchcase(str(policy.model), watch.pattern) and (watch.server.kind, watch.server.base_url) == place
        for watch in watches
    )


def _policy(row: dict[str, Any]) -> PolicyConfig:
    server = ServerConfig(**{name: row[name] for name in _SERVER})
    return PolicyConfig(row["policy"], "prompted", row["model"], "prompted", server=server)


def _listed(server: ServerConfig, lists_of: ListModels, not_reached: list[str]) -> Sequence[str]:
    """An unreachable server is not one without models: what was found there earlier stays, and it is said."""
    try:
        return lists_of(server)
    except LLMError as error:
        not_reached.append(str(error))
        return ()


def _name(model: str, place: tuple[str, str | None], taken: set[str]) -> str:
    """The model id as a partition key that nobody has yet; what another has gets a hash of the id and the server.

    >>> _name("org/Model 7B", ("messages", None), set()), _name("org/m", ("messages", None), {"org-m"})
    ('org-Model-7B', 'org-m-a6d8582a')
    """
    legal = re.sub(r"[^A-Za-z0-9._@:+-]+", "-", model)
    name = re.sub(r"\.\.+", ".", re.sub(r"^[^A-Za-z0-9]+", "", legal))[:_LONGEST_NAME] or "model"
    if name not in taken:
        return name
    return f"{name}-{hashlib.sha256(repr((model, *place)).encode()).hexdigest()[:8]}"
