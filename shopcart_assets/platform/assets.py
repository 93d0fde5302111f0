"""The Dagster seam of all stages: partitions, the platform resource, and assets that are tables of the dictionary.

What an asset *does* is a stage's business; here is only how a table becomes an asset and a write its metadata.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import dagster as dg
import polars as pl

from shopcart_assets.platform.automation import mark_worker
from shopcart_assets.platform.catalog.assets import entry, figures, identity, row_figures
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.drawing.svg import Figure
from shopcart_assets.platform.engine import Engine, open_engine
from shopcart_assets.platform.profiles import Profile
from shopcart_assets.platform.settings import Settings, first_day, load_settings
from shopcart_assets.platform.view_text import reads
from shopcart_assets.platform.warehouse import Warehouse, Written

# Each asset with a backfill policy and each check with partitions would print one.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

# One run for a range of days: each asset loops over the keys that it was asked for, and is idempotent for each.
SINGLE_RUN = dg.BackfillPolicy.single_run()

_VIEW_ROWS = 30

daily = dg.DailyPartitionsDefinition(start_date=first_day().isoformat(), end_offset=1)
generators = dg.DynamicPartitionsDefinition(name="generators")
experiments = dg.DynamicPartitionsDefinition(name="experiments")
policies = dg.DynamicPartitionsDefinition(name="policies")
generator_days = dg.MultiPartitionsDefinition({"day": daily, "generator": generators})


Facts: TypeAlias = Callable[["Platform", str], Mapping[str, Any]]
"""What a person wants to see of a table's partition in the UI, given its key."""


class Platform(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The settings and the lake's tables, opened when an asset first needs them."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """A run says which process executes it, so that one that was killed with its machine is known as such."""
        if context.instance and context.run:
            mark_worker(context.instance, context.run.run_id)

    @cached_property
    def settings(self) -> Settings:
        """Where this process runs."""
        return load_settings()

    @property
    def profile(self) -> Profile:
        """The profile that the settings name."""
        return self.settings.profile

    @cached_property
    def warehouse(self) -> Warehouse:
        """The lake's tables."""
        return self.settings.warehouse()

    @cached_property
    def engine(self) -> Engine:
        """What runs the row-wise work of a day."""
        return open_engine(self.settings.engine, self.settings.ray_address)

    @property
    def scratch(self) -> Path:
        """A folder on this machine for what a day's work spools."""
        return self.settings.state / "scratch"

    def each_key(
        self,
        context: dg.AssetExecutionContext,
        build: Callable[["Platform", str], Iterable[Written]],
        facts: Mapping[str, Facts] = MappingProxyType({}),
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Calls `build(platform, key)` for every partition that was asked for and reports each table once.

        Every partition keeps its own figures, which the UI plots over partitions: what was written, and what `facts` of its
        table tells of it.
        """
        tables: dict[str, None] = {}
        for key in context.partition_keys:
            for one in build(self, key):
                context.log.info(f"{one.table} {key}: {one.n_rows:,} rows")
                told = {**figures(one), **(facts[one.table](self, key) if one.table in facts else {})}
                context.add_asset_metadata(told, _key(one.table), partition_key=key)
                tables[one.table] = None
        yield from (dg.MaterializeResult(asset_key=_key(table)) for table in tables)

    def generator_day(self, context: dg.AssetExecutionContext) -> dict[str, str]:
        """The day and the generator that a run is for, by name: its tables' partition. Such assets have one run a partition."""
        (key,) = context.partition_keys
        assert isinstance(key, dg.MultiPartitionKey)
        return dict(key.keys_by_dimension)

    def read_days(self, table: str, days: Iterable[str], columns: Sequence[str] = ()) -> pl.DataFrame:
        """The rows of some days, with their `day`: these columns, or all; what is not asked for is not read."""
        names = columns or TABLES[table].schema().names()
        frames = ((day, self.warehouse.read_columns(table, names, day=day)) for day in days)
        return pl.concat(frame.with_columns(day=pl.lit(day, pl.String())) for day, frame in frames)

    def of_day(self, table: str, key: Mapping[str, str]) -> pl.DataFrame:
        """The rows of a table that is partitioned by day, for the day of a key that has more to it."""
        return self.warehouse.read(table, day=key["day"])


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("."))


def _deps(names: Sequence[str | dg.AssetDep]) -> list[dg.AssetKey | dg.AssetDep]:
    return [_key(name) if isinstance(name, str) else name for name in names]


def table_asset(
    name: str,
    *,
    deps: Sequence[str | dg.AssetDep] = (),
    partitions: dg.PartitionsDefinition[Any] | None = None,
    kinds: Iterable[str] = ("polars", "parquet"),
    policy: dg.BackfillPolicy | None = SINGLE_RUN,
    **more: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset that is one table of the dictionary; `deps` are tables' names. `policy` None = a run for each partition."""
    make: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        **entry(name),
        deps=_deps(deps),
        partitions_def=partitions,
        backfill_policy=None if partitions is None else policy,
        kinds=set(kinds),
        **more,
    )
    return make


def table_assets(
    names: Sequence[str],
    *,
    deps: Sequence[str | dg.AssetDep] = (),
    partitions: dg.PartitionsDefinition[Any] | None = None,
    kinds: Iterable[str] = ("polars", "parquet"),
    policy: dg.BackfillPolicy | None = SINGLE_RUN,
    **more: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """One step that writes several tables; its function yields one result for each. `policy` as in `table_asset`."""
    specs = [dg.AssetSpec(**entry(name), deps=_deps(deps), kinds=set(kinds)) for name in names]
    policy = None if partitions is None else policy
    return dg.multi_asset(specs=specs, partitions_def=partitions, backfill_policy=policy, **more)


def file_asset(
    name: str, *, deps: Sequence[str] = (), kinds: Iterable[str], personal_data: str = "none"
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset that is no table: files in the state folder. Its docstring is its sentence; `personal_data` is what of people it holds."""
    make: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        **identity(name, personal_data), deps=_deps(deps), kinds=set(kinds)
    )
    return make


def view_asset(
    name: str,
    *,
    plot: tuple[str, Sequence[str]] | None = None,
    figure: Callable[[Warehouse], Figure] | None = None,
    beside: Sequence[str] = (),
    kinds: Iterable[str] = ("duckdb", "sql"),
    **more: Any,
) -> dg.AssetsDefinition:
    """An asset that is a view: `sql/<schema>/<view>.sql`. It depends on what its text reads.

    Materializing it writes no rows, which follow from the tables at any time: the view, as `sql/` says it now, is run once. `plot` = (column, numbers): the numbers of each row are
    metadata `number/value of the column`, which the UI plots over time. `figure` draws its rows, and those of the tables `beside` it.
    """

    def view(platform: Platform) -> dg.MaterializeResult[Any]:
        rows = platform.warehouse.views.query(f"from {name}")
        drawn = {"figure": picture(figure(platform.warehouse))} if figure else {}
        return dg.MaterializeResult(metadata={**_told(name, rows, plot), **drawn})

    make: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        **entry(name), deps=_deps([*reads(name), *beside]), kinds=set(kinds), **more
    )
    return make(view)


def _told(name: str, rows: pl.DataFrame, plot: tuple[str, Sequence[str]] | None) -> dict[str, Any]:
    label, numbers = plot or ("", ())
    plotted = {f"{number}/{row[label]}": row[number] for row in rows.to_dicts() for number in numbers}
    return {**row_figures(rows, _VIEW_ROWS), **{key: value for key, value in plotted.items() if value is not None}}


def report(written: Written, **metadata: Any) -> dg.MaterializeResult[Any]:
    """What a write put in place, and further figures, as the UI shows it."""
    return dg.MaterializeResult(asset_key=_key(written.table), metadata={**figures(written), **metadata})


def report_all(written: Iterable[Written]) -> Iterator[dg.MaterializeResult[Any]]:
    """One result for each table that was written whole, in the order in which they were written."""
    yield from map(report, written)


def picture(figure: Figure) -> dg.MarkdownMetadataValue:
    """A figure as the UI shows it inline. What it holds of others' words is in the picture, where nothing runs."""
    return dg.MetadataValue.md(figure.markdown())
