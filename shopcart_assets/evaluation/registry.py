"""Which policies there are: declared ones, finished checkpoints that no policy names, and models found on watched servers' lists."""

import polars as pl

from shopcart_assets.evaluation.found import TABLE, found_policies
from shopcart_assets.platform.declared.policies import of_checkpoint
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import NotDeclared, Profile
from shopcart_assets.platform.warehouse import Warehouse


def policies(warehouse: Warehouse, profile: Profile) -> tuple[PolicyConfig, ...]:
    """All policies; where two have one name, the declared one, then the checkpoint, is meant."""
    checkpoints = _of_checkpoints(warehouse.read("training.checkpoints"), profile.policies)
    found = found_policies(warehouse.read(TABLE)) if warehouse.exists(TABLE) else ()
    by_name: dict[str, PolicyConfig] = {}
    for one in (*profile.policies, *checkpoints, *found):
        by_name.setdefault(one.name, one)
    return tuple(by_name.values())


def policy(warehouse: Warehouse, profile: Profile, name: str) -> PolicyConfig:
    """The policy of that name. Raises NotDeclared with the known names."""
    known = {one.name: one for one in policies(warehouse, profile)}
    if name not in known:
        declared = ", ".join(one.name for one in profile.policies)
        found = ", ".join(name for name in known if name not in {one.name for one in profile.policies})
        raise NotDeclared(
            f"no policy {name!r} in this profile; declared: {declared or 'none'}; "
            f"checkpoints and models found on watched servers: {found or 'none'}"
        )
    return known[name]


def _of_checkpoints(checkpoints: pl.DataFrame, declared: tuple[PolicyConfig, ...]) -> tuple[PolicyConfig, ...]:
    """A policy for each finished checkpoint that no declared one names; two where it can think or not."""
    named = {one.model for one in declared if one.kind == "fine_tuned"}
    rows = checkpoints.select("experiment", "arm", "generator", "seed").sort("experiment").iter_rows()
    return tuple(policy for name, *how in rows if name not in named for policy in of_checkpoint(name, *how))
