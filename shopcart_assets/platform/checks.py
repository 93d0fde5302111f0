"""Asset checks that every stage uses: a table has the dictionary's columns and unique keys; a sentence about its rows holds."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
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
    ("policy", "round"): policies,
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
    others = [column.name for column in TABLES[table].columns if not column.is_key] if keys else []
    return sentence_check(table, "each_row_has_a_key_of_its_own", description, problems, without=others, each_key=True)


def sentence_check(
    table: str,
    name: str,
    description: str,
    problems: Callable[..., Sequence[str]],
    *,
    also: Sequence[str] = (),
    blocking: bool = True,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    n_days_before: int = 0,
    remark: Callable[..., str] | None = None,
    without: Sequence[str] = (),
    each_key: bool = False,
) -> dg.AssetChecksDefinition:
    """A check that holds when `problems(frame, *also_frames)` is empty, for the partitions that were just written.

    `also` names further tables, read for the same partitions as far as they share them. `n_days_before` adds one last
    frame: the table's own rows of that many days before each day, as far as those were written. `remark` gets the same
    frames and says in a sentence what the result alone does not tell. Columns of any of the tables that are named in `without`
    are not read: large ones that the sentence does not look at. With `each_key` one partition is read and judged at a time, for
    sentences that hold of a range where they hold of each of its partitions. At most ten problems are shown; they must not quote
    personal data. Raises ValueError where days before are asked of a table that is not partitioned by day alone.
    """
    if n_days_before and TABLES[table].partitioned_by != ("day",):
        raise ValueError(f"{table} is not partitioned by day: it has no days before")

    @dg.asset_check(
        asset=dg.AssetKey(table.split(".")),
        additional_deps=[dg.AssetKey(other.split(".")) for other in also if other.split(".")[0] != table.split(".")[0]],
        name=name,
        description=description,
        blocking=blocking,
        partitions_def=_PARTITIONS[TABLES[table].partitioned_by],
    )
    def check(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        found: list[str] = []
        frames: list[pl.DataFrame] = []
        results: dict[str, dg.AssetCheckResult] = {}
        keys = _keys(context, TABLES[table].partitioned_by)
        for some in [[key] for key in keys] if each_key and keys else [keys]:
            frames = [_read(platform, one, some, TABLES[table].partitioned_by, without) for one in (table, *also)]
            if n_days_before:
                frames.append(_days_before(platform, table, context.partition_keys, n_days_before))
            here = list(problems(*frames))
            results |= dict.fromkeys(some, _result(here, severity, remark(*frames) if remark else None))
            found += here if some == keys else [f"{some[0]}: {one}" for one in here]
        _tell_each_partition(context, results)
        return _result(found, severity, remark(*frames) if remark else None)

    return check


def _result(
    problems: Sequence[str],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    description: str | None = None,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not problems,
        severity=severity,
        description=description,
        metadata={"problems": len(problems), "first_problems": list(problems[:10])},
    )


def _tell_each_partition(context: dg.AssetCheckExecutionContext, results: Mapping[str, dg.AssetCheckResult]) -> None:
    """Of a run over several partitions Dagster keeps a result for all of them together, and the UI calls each one skipped."""
    if context.has_partition_key:
        return
    (asked,) = context.selected_asset_check_keys
    for partition, result in results.items():
        told = dg.AssetCheckEvaluation(
            asset_key=asked.asset_key,
            check_name=asked.name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
            blocking=context.check_specs[0].blocking,
            partition=partition,
        )
        context.op_execution_context.log_event(told)  # type: ignore[arg-type]  # it takes them; its annotation does not say so


def _keys(context: dg.AssetCheckExecutionContext, keyed_by: tuple[str, ...]) -> list[str]:
    """The partitions that the run wrote; none where the table has none."""
    is_partitioned = bool(keyed_by) and (context.has_partition_key or context.has_partition_key_range)
    return list(context.partition_keys) if is_partitioned else []


def _read(
    platform: Platform, table: str, keys: Sequence[str], keyed_by: tuple[str, ...], without: Sequence[str]
) -> pl.DataFrame:
    """The table's rows of these partitions, as far as it has them; else the whole table."""
    shared = {tuple(_columns(key, keyed_by, TABLES[table].partitioned_by).items()) for key in keys}
    wanted = [dict(one) for one in sorted(shared)] or [{}]
    return pl.concat(platform.warehouse.read_but(table, without, **one) for one in wanted)


def _days_before(platform: Platform, table: str, days: Sequence[str], n_days: int) -> pl.DataFrame:
    """The table's rows of the `n_days` days before each of `days`; only those partitions are looked for and read."""
    dates = {dt.date.fromisoformat(day) - dt.timedelta(days=n) for day in days for n in range(1, n_days + 1)}
    wanted = [date.isoformat() for date in sorted(dates)]
    frames = [platform.warehouse.read(table, day=day) for day in wanted if platform.warehouse.exists(table, day=day)]
    empty = TABLES[table].empty().with_columns(day=pl.lit(None, pl.String()))
    return pl.concat(frames) if frames else empty


def _columns(key: str, keyed_by: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, str]:
    """A partition key, whose dimensions are `keyed_by`, as those partition columns that another table has too.

    A plain key is the first dimension: a run is for a policy, in whatever rounds it was asked.
    """
    named = key.keys_by_dimension if isinstance(key, dg.MultiPartitionKey) else {keyed_by[0]: key}
    return {name: value for name, value in named.items() if name in wanted}


def day_check(
    table: str,
    name: str,
    description: str,
    problems: Callable[[Platform, str], Sequence[str]],
    *,
    also: Sequence[str] = (),
) -> dg.AssetChecksDefinition:
    """A blocking check that holds when `problems(platform, day)` is empty for each day that was just written.

    For what reads a day's pages, which do not fit into memory together. `also` names the tables of other stages that it reads.
    """

    @dg.asset_check(
        asset=dg.AssetKey(table.split(".")),
        additional_deps=[dg.AssetKey(other.split(".")) for other in also],
        name=name,
        description=description,
        blocking=True,
        partitions_def=daily,
    )
    def check(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        is_partitioned = context.has_partition_key or context.has_partition_key_range
        written = (one["day"] for one in platform.warehouse.partitions(table))
        results = {
            day: list(problems(platform, day)) for day in (context.partition_keys if is_partitioned else written)
        }
        if is_partitioned:
            _tell_each_partition(context, {day: _result(found) for day, found in results.items()})
        return _result([one for found in results.values() for one in found])

    return check
