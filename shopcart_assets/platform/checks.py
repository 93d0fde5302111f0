"""Asset checks that every stage uses: a table has the dictionary's columns and unique keys; a sentence about its rows holds."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.platform.assets import Platform, daily, experiments, generator_days, policies
from shopcart_assets.platform.dictionary import TABLES

_PARTITIONS: dict[tuple[str, ...], dg.PartitionsDefinition[Any] | None] = {
    (): None,
    ("day",): daily,
    ("day", "generator"): generator_days,
    ("experiment",): experiments,
    ("policy",): policies,
}


def schema_check(table: str) -> dg.AssetChecksDefinition:
    """Blocking: key columns are never null and together name a row once, in each partition that was just written."""
    keys = [column.name for column in TABLES[table].columns if column.is_key]

    def problems(frame: pl.DataFrame) -> list[str]:
        nulls = [
            f"{name} is null in {count} rows"
            for name, count in frame.select(pl.col(keys).null_count()).to_dicts()[0].items()
            if count
        ]
        scope = [*keys, *TABLES[table].partitioned_by]
        doubled = frame.height - frame.unique(scope).height if keys else 0
        return nulls + ([f"{doubled} rows repeat a key ({', '.join(keys)})"] if doubled else [])

    description = (
        f"Each row has a key ({', '.join(keys)}) of its own." if keys else "The table has the dictionary's columns."
    )
    return sentence_check(table, "keys", description, problems)


def sentence_check(
    table: str,
    name: str,
    description: str,
    problems: Callable[..., Sequence[str]],
    *,
    also: Sequence[str] = (),
    blocking: bool = True,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetChecksDefinition:
    """A check that holds when `problems(frame, *also_frames)` is empty, for the partitions that were just written.

    `also` names further tables, read for the same partitions as far as they share them. At most ten problems are shown;
    they must not quote personal data.
    """

    @dg.asset_check(
        asset=dg.AssetKey(table.split(".")),
        additional_deps=[dg.AssetKey(other.split(".")) for other in also if other.split(".")[0] != table.split(".")[0]],
        name=name,
        description=description,
        blocking=blocking,
        partitions_def=_PARTITIONS[TABLES[table].partitioned_by],
    )
    def check(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        found = list(problems(*(_read(platform, one, context) for one in (table, *also))))
        return dg.AssetCheckResult(
            passed=not found, severity=severity, metadata={"problems": len(found), "first_problems": found[:10]}
        )

    return check


def _read(platform: Platform, table: str, context: dg.AssetCheckExecutionContext) -> pl.DataFrame:
    """The rows of the partitions that the run wrote; the whole table where it has other partitions or none."""
    keys = context.partition_keys if context.has_partition_key or context.has_partition_key_range else []
    asked = {tuple(_as_columns(key, TABLES[table].partitioned_by).items()) for key in keys}
    frames = [platform.warehouse.read(table, **dict(one)) for one in sorted(asked)]
    return pl.concat(frames) if frames else platform.warehouse.read(table)


def _as_columns(key: str, partitioned_by: tuple[str, ...]) -> dict[str, str]:
    if isinstance(key, dg.MultiPartitionKey):
        return {name: value for name, value in key.keys_by_dimension.items() if name in partitioned_by}
    return {partitioned_by[0]: key} if len(partitioned_by) == 1 else {"day": key} if "day" in partitioned_by else {}
