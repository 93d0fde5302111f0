"""The rules of the house, so that nobody has to remember them. Import directions are import-linter's part (pyproject.toml)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopcart_assets.platform.dictionary import STAGES, TABLES

ROOT = Path(__file__).parents[1]
PACKAGES = ("shopcart_assets", "ml_jobs")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DAGSTER_FILES = {"assets.py", "checks.py", "automation.py", "definitions.py"}
MAX_LINES = 250
MAX_FUNCTION_LINES = 60
MAX_ASSET_LINES = 16
"""Of an asset's function: its docstring and signature included."""


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def offenders(found: Iterator[str]) -> list[str]:
    return sorted(set(found))


def test_dagster_is_imported_only_where_assets_checks_and_automation_are() -> None:
    assert not offenders(
        name(path)
        for path in MODULES
        if path.name not in DAGSTER_FILES
        for module in imported(path)
        if module == "dagster" or module.startswith("dagster.")
    )


def test_ray_is_known_in_one_place() -> None:
    assert [name(path) for path in MODULES if "ray" in imported(path)] == ["shopcart_assets/platform/ray_engine.py"]


def test_the_environment_is_read_in_one_place() -> None:
    """The command line hands the environment on and replaces itself by the UI; the programs of torchrun read their rank."""
    allowed = {"shopcart_assets/platform/settings.py", "shopcart_assets/cli.py"}
    assert not offenders(
        name(path)
        for path in MODULES
        if name(path) not in allowed and path.parts[-2] != "ml_jobs"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    )


def test_every_module_says_what_belongs_in_it() -> None:
    assert not offenders(name(path) for path in MODULES if not ast.get_docstring(tree(path)))


def test_files_and_functions_fit() -> None:
    assert not offenders(name(path) for path in MODULES if len(path.read_text().splitlines()) > MAX_LINES)
    assert not offenders(
        f"{name(path)}:{node.name}"
        for path in MODULES
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    )


def _is_asset(node: ast.FunctionDef) -> bool:
    return any(
        ast.unparse(decorator).split("(")[0] in ("table_asset", "table_assets", "dg.asset")
        for decorator in node.decorator_list
    )


def test_assets_are_thin() -> None:
    found = [
        (path, node) for path in MODULES if path.name == "assets.py" for node in functions(path) if _is_asset(node)
    ]
    assert len(found) >= len(STAGES)
    for path, node in found:
        where = f"{name(path)}:{node.name}"
        assert (node.end_lineno or 0) - node.lineno + 1 <= MAX_ASSET_LINES, where
        assert not any(isinstance(part, ast.For | ast.While) for part in ast.walk(node)), f"{where} loops"
        assert not any("select " in text.lower() for text in _strings(node)), f"{where} holds SQL"


def _strings(node: ast.FunctionDef) -> Iterator[str]:
    documented = ast.get_docstring(node, clean=False)
    return (
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value != documented
    )


def test_a_stage_is_a_folder_with_the_same_four_files() -> None:
    folders = {
        path.name for path in (ROOT / "shopcart_assets").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert folders == {"platform", *STAGES}
    for stage in STAGES:
        present = {path.name for path in (ROOT / "shopcart_assets" / stage).glob("*.py")}
        assert {"__init__.py", "assets.py", "checks.py", "definitions.py"} <= present, stage


def test_every_table_is_an_asset_of_its_stage_and_carries_its_columns() -> None:
    from shopcart_assets.definitions import defs

    specs = {".".join(spec.key.path): spec for spec in defs.resolve_all_asset_specs()}
    assert set(TABLES) <= set(specs)
    assert all(spec.group_name == key.split(".")[0] for key, spec in specs.items())
    for key, table in TABLES.items():
        columns = [column.name for column in specs[key].metadata["dagster/column_schema"].columns]
        assert columns == [*table.schema().names(), *table.partitioned_by]


def test_stages_stand_in_the_order_of_the_data() -> None:
    from shopcart_assets.definitions import defs

    for spec in defs.resolve_all_asset_specs():
        for dep in spec.deps:
            assert STAGES.index(dep.asset_key.path[0]) <= STAGES.index(spec.key.path[0]), (
                f"{spec.key} reads {dep.asset_key}"
            )
            source = TABLES.get(".".join(dep.asset_key.path))
            assert not (source and source.is_raw) or spec.key.path[0] in ("traffic", "privacy"), (
                f"{spec.key} reads raw data"
            )


def test_nothing_after_the_privacy_stage_names_a_raw_table() -> None:
    """Not the asset graph alone: a table can be read without being declared, by checks and by SQL too."""
    raw = [key for key, table in TABLES.items() if table.is_raw]
    later = [ROOT / "shopcart_assets" / stage for stage in STAGES if stage not in ("traffic", "privacy")]
    files = [file for folder in [*later, ROOT / "ml_jobs", ROOT / "sql"] for file in folder.rglob("*.*")]
    assert len(files) > 50 and len(raw) == 3
    assert not offenders(
        f"{name(file)}: {one}"
        for file in files
        if file.suffix in (".py", ".sql")
        for one in raw
        if one in file.read_text()
    )


def test_every_table_has_a_check_of_its_keys() -> None:
    from shopcart_assets.definitions import defs

    checked = {".".join(key.asset_key.path) for checks in defs.asset_checks or () for key in checks.check_keys}
    assert set(TABLES) <= checked


def test_importing_the_definitions_stays_light() -> None:
    heavy = ("torch", "transformers", "anthropic", "scipy.stats", "sklearn", "matplotlib")
    code = f"import sys, shopcart_assets.definitions; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_test_file_mirrors_a_module() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        folder = path.parent.relative_to(ROOT / "tests")
        home = ROOT if folder.parts[:1] in (("ml_jobs",), ("sql",)) else ROOT / "shopcart_assets"
        module = home / folder / f"{path.stem.removeprefix('test_')}.py"
        across = ("", "sql", "chaos", "face", "security")
        exempt = folder in map(Path, across) or path.stem == f"test_{folder.name}"
        assert exempt or module.exists() or module.with_suffix("").is_dir(), f"{path} tests nothing of that name"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sql").glob("*/*.sql")), ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_every_view_says_what_a_row_is(path: Path) -> None:
    header = [line for line in path.read_text().splitlines() if line.startswith("--")]
    assert header, "a header comment says grain, key and caveats"
    assert path.parent.name == "examples" or path.parent.name in STAGES
