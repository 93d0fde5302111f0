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
        scope = [*keys, *TABLES[table].partitioned_by]
        if not scope:
            return []
        nulls = frame.select(pl.col(scope).null_count()).row(0, named=True)
        doubled = frame.height - frame.unique(scope).height
        found = [f"{name} is null in {count} rows" for name, count in nulls.items() if count]
        return found + ([f"{doubled} rows repeat a key ({', '.join(scope)})"] if doubled else [])

    description = f"Each row has a key of its own: {', '.join(keys) or 'one row a partition'}."
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
        found = list(problems(*(_read(platform, one, context, TABLES[table].partitioned_by) for one in (table, *also))))
        return dg.AssetCheckResult(
            passed=not found, severity=severity, metadata={"problems": len(found), "first_problems": found[:10]}
        )

    return check


def _read(
    platform: Platform, table: str, context: dg.AssetCheckExecutionContext, keyed_by: tuple[str, ...]
) -> pl.DataFrame:
    """The table's rows of the partitions that the run wrote, as far as it has them; else the whole table."""
    is_partitioned = bool(keyed_by) and (context.has_partition_key or context.has_partition_key_range)
    keys = context.partition_keys if is_partitioned else []
    shared = {tuple(_columns(key, keyed_by, TABLES[table].partitioned_by).items()) for key in keys}
    frames = [platform.warehouse.read(table, **dict(one)) for one in sorted(shared)]
    return pl.concat(frames) if frames else platform.warehouse.read(table)


def _columns(key: str, keyed_by: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, str]:
    """A partition key, whose dimensions are `keyed_by`, as those partition columns that another table has too."""
    named = key.keys_by_dimension if isinstance(key, dg.MultiPartitionKey) else dict(zip(keyed_by, [key], strict=True))
    return {name: value for name, value in named.items() if name in wanted}
