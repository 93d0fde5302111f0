"""Every table says how its rows lead to a person, or why they do not: what erasure follows."""

import pytest

from shopcart_assets.platform.dictionary import PERSON_IDS, TABLES, Table
from shopcart_assets.platform.view_text import SQL_FOLDER


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_leads_to_persons_or_says_why_not(table: Table) -> None:
    assert bool(table.persons()) != bool(table.no_person)
    for column in table.columns:
        assert set(column.person_ids()) <= set(PERSON_IDS) and not (column.is_raw_text and column.person_ids())


def test_raw_tables_are_the_three_of_the_traffic_stage_that_hold_what_was_delivered() -> None:
    raw = {name for name, table in TABLES.items() if table.is_raw}
    assert raw == {"traffic.events", "traffic.pages", "traffic.quarantine"}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_view_has_its_text_in_sql_and_a_table_has_none(table: Table) -> None:
    assert (SQL_FOLDER / f"{table.name.replace('.', '/')}.sql").exists() == table.is_view
    assert not (table.is_view and table.partitioned_by)
