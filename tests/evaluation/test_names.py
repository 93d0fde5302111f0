import polars as pl

from shopcart_assets.evaluation.names import names_of
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse


def _elements(*page_ids: str) -> pl.DataFrame:
    rows = [{"page_id": page_id, "name": f"{page_id}.buy_now", "role": "button", "position": 1} for page_id in page_ids]
    return pl.DataFrame(rows, table("context.elements").schema())


def _cases(*pages: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(pages, schema={"day": pl.String, "page_id": pl.String}, orient="row")


def test_only_names_of_the_cases_pages_on_the_cases_days(warehouse: Warehouse) -> None:
    warehouse.write("context.elements", _elements("p1", "p2"), day="2026-10-01")
    warehouse.write("context.elements", _elements("p1", "p3"), day="2026-10-02")
    warehouse.write("context.elements", _elements("p1"), day="2026-10-03")
    cases = _cases(("2026-10-01", "p1"), ("2026-10-01", "p1"), ("2026-10-02", "p3"), ("2026-10-02", None))
    found = names_of(warehouse, cases)
    assert found.select("day", "page_id").rows() == [("2026-10-01", "p1"), ("2026-10-02", "p3")]
    assert found.equals(warehouse.read("context.elements").join(cases, on=("day", "page_id"), how="semi"))


def test_without_cases_there_are_no_names(warehouse: Warehouse) -> None:
    warehouse.write("context.elements", _elements("p1"), day="2026-10-01")
    found = names_of(warehouse, _cases())
    assert found.is_empty() and found.schema == warehouse.read("context.elements").schema
