"""Which rows of a table are the user's, by the dictionary's columns, and the partitions without them. No file, no order of work.

The first that a table has decides: the session, else the user, else the events and pages that the user alone had. Raw text that
names the user, or is so torn that it names nobody, becomes null, as where its user does not consent.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import polars as pl

from shopcart_assets.platform import partitions
from shopcart_assets.platform.dictionary import TABLES, Table
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.plan import Plan, Removal
from shopcart_assets.traffic.delivered import CLAIMED_USER
from shopcart_assets.traffic.forgotten import forget_in_history

_CONSENT = "traffic.consent"


def removals(warehouse: Warehouse, plan: Plan) -> Iterator[Removal]:
    """The partitions that hold rows of the user, and how many; later stages first, as their rows are made of earlier ones."""
    for table in reversed(tuple(TABLES.values())):
        if not (columns := list(table.persons())):
            continue
        columns += ["effective_at"] if table.name == _CONSENT else []
        for partition in warehouse.partitions(table.name):
            rows = warehouse.read_columns(table.name, columns, **partition)
            if n_rows := rows.filter(is_theirs(table, plan, partition)).height:
                yield Removal(table.name, partitions.folder(table.partitioned_by, partition), n_rows)


def erase_rows(warehouse: Warehouse, plan: Plan) -> None:
    """Rewrites every partition that holds rows of the user. What is done already is left alone."""
    for one in removals(warehouse, plan):
        table, partition = TABLES[one.table], partitions.parse_folder(one.partition)
        change = partial(_without, plan=plan, table=table, partition=partition)
        warehouse.rewrite(one.table, change, **partition)


def is_theirs(table: Table, plan: Plan, partition: Mapping[str, str]) -> pl.Expr:
    """Whether a row is the user's; never null."""
    day = partition.get("day")
    names = [one.name for one in table.columns]
    if table.name == _CONSENT:
        found = (pl.col("user_id") == plan.user_id) & (pl.col("effective_at") <= plan.stone.erased_at)
    elif "session_id" in names:
        found = pl.col("session_id").is_in(plan.of("session_id", day))
        if "user_id" in names:
            is_user = pl.col("user_id") == plan.user_id
            found = (found if day else found & is_user) | (is_user if plan.is_whole else False)
    elif "user_id" in names:
        found = pl.col("user_id") == plan.user_id
    else:
        found = pl.any_horizontal(
            *(pl.col(column).is_in([one for id_ in ids for one in plan.of(id_, day)]) for column, ids in _ids(table)),
            *(_may_be_theirs(pl.col(column), plan) for column in _raw_texts(table)),
        )
    return found.fill_null(False)


def named_in_text(ids: Iterable[str]) -> str:
    """A regular expression that finds any of the ids as a whole word, as they are or as JSON writes them.

    >>> import re
    >>> pattern = named_in_text(["u7"])
    >>> [bool(re.search(pattern, text)) for text in ('{"user_id": "u7", "sess', '"u71"', "xu7")]
    [True, False, False]
    """
    written = sorted({form for one in ids for form in (one, json.dumps(one)[1:-1])})
    return rf"(?:^|[^0-9A-Za-z])(?:{'|'.join(map(pl.escape_regex, written))})(?:$|[^0-9A-Za-z])"


def _without(rows: pl.LazyFrame, plan: Plan, table: Table, partition: Mapping[str, str]) -> pl.LazyFrame:
    if table.name == _CONSENT:
        return forget_in_history(rows.collect(), plan.user_id, plan.stone).lazy()
    theirs = is_theirs(table, plan, partition)
    if texts := _raw_texts(table):
        return rows.with_columns(pl.when(~theirs).then(column).alias(column) for column in texts)
    return rows.filter(~theirs)


def _may_be_theirs(raw: pl.Expr, plan: Plan) -> pl.Expr:
    """Whether a raw row names the user or a session of the user, or is so torn that it names nobody."""
    is_named = raw.str.contains(named_in_text((plan.user_id, *plan.session_ids())))
    return is_named | ~raw.str.contains(CLAIMED_USER.pattern)


def _raw_texts(table: Table) -> list[str]:
    return [one.name for one in table.columns if one.is_raw_text]


def _ids(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    return [(column, ids) for column, ids in table.persons().items() if ids]
