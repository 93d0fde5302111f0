"""What the UI says of every asset: its sentence, columns, tags, query, code and how fresh it must be. Nothing here reads or writes.

A table's come from the dictionary and a view's from its file, so that no asset can forget one.
"""

import inspect
import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.platform import preview
from shopcart_assets.platform.dictionary import PARTITION_COLUMNS, TABLES, Table
from shopcart_assets.platform.dictionary.column import TIMESTAMP
from shopcart_assets.platform.settings import fresh_within_hours
from shopcart_assets.platform.view_text import SQL_FOLDER, header
from shopcart_assets.platform.warehouse import Written

OWNERS = ("team:shopcart",)
PERSONAL_DATA = "personal_data"
"""The tag that says what of people an asset holds: `raw`, `pseudonymous` or `none`."""

_CODE = "dagster/code_references"
_CODE_OR_MARK = re.compile(r"`[^`]*`|[<*\[~]")


def entry(name: str) -> dict[str, Any]:
    """What the UI shows of a table or a view before it was ever made."""
    table = TABLES[name]
    return {
        **identity(name, _held(table)),
        "description": _plain(_joined(table.description, f"Key: {_caveats(name)}" if table.is_view else "")),
        "metadata": {
            "dagster/table_name": name,
            "query": f'shopcart sql "from {name} limit 10"',
            "dagster/column_schema": column_schema(table),
            **(_view_file(name) if table.is_view else {}),
        },
    }


def identity(name: str, personal_data: str = "none") -> dict[str, Any]:
    """Where an asset belongs, whatever it is; `personal_data` is what of people it holds."""
    return {
        "key": dg.AssetKey(name.split(".")),
        "group_name": name.split(".")[0],
        "owners": OWNERS,
        "tags": {PERSONAL_DATA: personal_data},
    }


def _held(table: Table) -> str:
    if table.is_raw:
        return "raw"
    return "pseudonymous" if table.persons() else "none"


def _caveats(view: str) -> str:
    """What the file of a view says after its sentence."""
    return header(view).partition(" Key: ")[2]


def _view_file(name: str) -> dict[str, Any]:
    """The file that a view is, in place of the function that makes an asset of it."""
    path = f"{name.replace('.', '/')}.sql"
    reference = dg.LocalFileCodeReference(file_path=str(SQL_FOLDER / path), line_number=1, label=f"sql/{path}")
    return {_CODE: dg.CodeReferencesMetadataValue(code_references=[reference])}


def column_schema(table: Table) -> dg.TableSchema:
    """The dictionary's columns as the UI's Columns panel shows them; those that are folders in the lake come last, as in SQL."""
    folders = [dg.TableColumn(name, "String", PARTITION_COLUMNS[name], _NOT_NULL) for name in table.partitioned_by]
    columns = [
        dg.TableColumn(one.name, _type(one.dtype), _plain(one.description), _NOT_NULL if one.is_key else _MAY_BE_NULL)
        for one in table.columns
    ]
    return dg.TableSchema(columns + folders)


_NOT_NULL = dg.TableColumnConstraints(nullable=False, unique=False)
_MAY_BE_NULL = dg.TableColumnConstraints(nullable=True, unique=False)


def _type(dtype: pl.DataType) -> str:
    return "Datetime (UTC)" if dtype == TIMESTAMP else str(dtype)


def _plain(text: str) -> str:
    """The text as Markdown that says just that; what it quotes as code stays code.

    >>> print(_plain("zone:<zone> or `a*b` * 2"))
    zone:\\<zone> or `a*b` \\* 2
    """
    return _CODE_OR_MARK.sub(lambda found: found[0] if found[0].startswith("`") else f"\\{found[0]}", text)


def catalogued(made: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets, each with the place of its code and what its step does; days also with how fresh they must be, if anyone says so."""
    hours = fresh_within_hours()
    fresh = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=hours)) if hours else None
    return [_catalogued(one, fresh) for one in made]


def _catalogued(made: dg.AssetsDefinition, fresh: dg.FreshnessPolicy | None) -> dg.AssetsDefinition:
    if not any(_CODE in spec.metadata for spec in made.specs):
        does = (inspect.getdoc(made.op.compute_fn.decorated_fn) or "").partition("\n")[0]  # type: ignore[union-attr]
        (placed,) = dg.with_source_code_references([made])
        assert isinstance(placed, dg.AssetsDefinition), "what comes out is what went in"
        made = placed.map_asset_specs(lambda spec: spec.replace_attributes(description=_joined(spec.description, does)))
    if fresh and isinstance(made.partitions_def, dg.DailyPartitionsDefinition):
        made = made.map_asset_specs(lambda spec: spec.replace_attributes(freshness_policy=fresh))
    return made


def _joined(*sentences: str | None) -> str:
    """The different sentences, as paragraphs."""
    return "\n\n".join(dict.fromkeys(one for one in sentences if one))


def figures(written: Written) -> dict[str, Any]:
    """What a write put in place. Numbers stay bare so that the UI plots them; of raw traffic no row is shown."""
    shown = {} if written.sample is None else {"preview": markdown(preview.that_fits(written.sample))}
    hidden = {"preview": preview.NO_PREVIEW} if TABLES[written.table].is_raw else {}
    return {**shown, **hidden, "dagster/row_count": written.n_rows, "size_bytes": written.n_bytes}


def row_figures(rows: pl.DataFrame, most: int) -> dict[str, Any]:
    """What a view says now."""
    return {"preview": markdown(preview.as_text(rows, most)), "dagster/row_count": rows.height}


def markdown(text: str) -> dg.MarkdownMetadataValue:
    """Untrusted text as a preview: in a fence that nothing in it can close, so that nothing in it is markup, a link or a picture.

    The UI shows no HTML of ours, and makes links of addresses outside of a fence.
    """
    longest = max((len(list(run)) for char, run in groupby(text) if char == "`"), default=0)
    fence = "`" * max(3, longest + 1)
    return dg.MetadataValue.md(f"{fence}\n{text}\n{fence}")
