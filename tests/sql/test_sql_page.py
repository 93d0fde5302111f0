"""docs/sql.md says what works: the queries in its prose answer, its Python runs. Its commands are `test_documentation`'s."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.platform.view_text import SQL_FOLDER
from shopcart_assets.platform.warehouse import Warehouse

PAGE = (SQL_FOLDER.parent / "docs" / "sql.md").read_text()
QUERIES = [query for query in re.findall(r"`((?:select|from) [^`]+)`", PAGE) if "." in query or "dictionary" in query]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder, who has set nothing, with an empty lake."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["sql", "from dictionary"]).exit_code == 0
    return tmp_path / ".shopcart" / "lake" / "warehouse.duckdb"


def test_its_queries_and_those_of_the_command_line_of_duckdb_answer(warehouse: Warehouse) -> None:
    asked = re.findall(r'warehouse\.duckdb "([^"]+)"', PAGE)
    assert len(QUERIES) >= 6 and asked
    for query in [*QUERIES, *asked]:
        assert warehouse.views.query(query).width > 0
    for file in re.findall(r"< (sql/\S+)", PAGE):
        assert warehouse.views.query((SQL_FOLDER.parent / file).read_text()).width > 0


def test_its_python_runs(lake: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(block, names)
    assert lake.exists() and names["rows"] == []
