"""The data dictionary: every table and every column once, with its type, unit and meaning.

It gives Parquet schemas, DuckDB comments, Dagster column schemas, checks and the data dictionary page. A column that is
named anywhere else is a column of one of these tables.
"""

from collections.abc import Mapping
from types import MappingProxyType

from shopcart_assets.platform.dictionary import (
    context,
    dataset,
    evaluation,
    likelihood_metrics,
    metric_views,
    metrics,
    privacy,
    reasoning,
    report,
    traffic,
    training,
)
from shopcart_assets.platform.dictionary.column import PARTITION_COLUMNS, PERSON_IDS, Column, DictionaryError, Table

STAGES: tuple[str, ...] = ("traffic", "privacy", "context", "reasoning", "dataset", "training", "evaluation", "report")

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for module in (
            traffic,
            privacy,
            context,
            reasoning,
            dataset,
            training,
            evaluation,
            metrics,
            metric_views,
            likelihood_metrics,
            report,
        )
        for table in module.TABLES
    }
)


def table(name: str) -> Table:
    """The table with this full name, such as `traffic.events`. Raises DictionaryError with the known names."""
    if name not in TABLES:
        raise DictionaryError(f"no table {name!r}; known: {', '.join(TABLES)}")
    return TABLES[name]


__all__ = ["PARTITION_COLUMNS", "PERSON_IDS", "STAGES", "TABLES", "Column", "DictionaryError", "Table", "table"]
