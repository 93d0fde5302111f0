"""Looks for what is left of an erased user in Dagster's history where that is a PostgreSQL database; else it lies in files.

Events hold what assets show of their rows. Only reads. Any byte may stand beside a word, as in a database's file.
"""

from collections.abc import Iterator

from shopcart_assets.privacy.erasure.proof import Needles

_SEARCHED = ("text", "character varying", "json", "jsonb")
_COLUMNS = """
    select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and data_type = any(:types) order by 1, 2
"""


def left_in_history(url: str, needles: Needles) -> Iterator[str]:
    """The columns, as `postgres:table.column`, that name the user; none where `url` is empty."""
    if not url or not (needles.words or needles.names):
        return
    from sqlalchemy import Text, cast, column, create_engine, func, literal, or_, select, table, text

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            for name, field in connection.execute(text(_COLUMNS), {"types": list(_SEARCHED)}).all():
                content = cast(column(field), Text)
                found = [func.strpos(content, word) > 0 for word in needles.words]
                found += [func.strpos(func.lower(content), word) > 0 for word in needles.names]
                theirs = select(literal(1)).select_from(table(name)).where(or_(*found)).limit(1)
                if connection.execute(theirs).first():
                    yield f"postgres:{name}.{field}"
    finally:
        engine.dispose()
