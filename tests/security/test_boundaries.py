"""What no input may cross: keys stay in the lake, YAML runs nothing, SQL gets values as values, servers listen on this machine."""

import ast
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopcart_assets.cli import cli
from shopcart_assets.context.recipe import load as load_recipe
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.lake import LakeError, LocalLake, open_lake
from shopcart_assets.platform.partitions import PartitionError
from shopcart_assets.platform.settings import SettingsError, load_settings
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.reasoning.think_aloud import load_examples
from shopcart_assets.traffic.importers.table.mapping import read_mapping

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for package in ("shopcart_assets", "ml_jobs") for path in (ROOT / package).rglob("*.py"))


@cache
def trees() -> dict[str, ast.Module]:
    """Every module's syntax, by its path."""
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in MODULES}


@cache
def all_calls() -> list[tuple[str, str, ast.Call]]:
    """Every call: the file that it is in, and the name of the function or method."""
    found = ((path, node) for path, tree in trees().items() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [(path, getattr(node.func, "attr", getattr(node.func, "id", "")), node) for path, node in found]


def calls(names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a function or method with one of these names, and the file that it is in."""
    return ((path, node) for path, name, node in all_calls() if name in names)


WORDS = st.sampled_from(["..", ".", "/", "\\", "\0", "a", "day=", "%2e", "~", "etc", "part.parquet", "\n"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=8).map("".join))
def test_no_key_leaves_the_lake(tmp_path: Path, key: str) -> None:
    lake = LocalLake(tmp_path / "outer" / "lake")
    try:
        with lake.put(key) as path:
            path.write_text("x")
    except OSError:  # LakeError is one
        pass
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and not one.is_relative_to(lake.root)]


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "a\0b"])
def test_a_key_outside_is_refused_by_name(tmp_path: Path, key: str) -> None:
    lake = LocalLake(tmp_path)
    attempts: list[Callable[[], object]] = [lambda: lake.open(key), lambda: lake.delete(key), lake.put(key).__enter__]
    for attempt in attempts:
        with pytest.raises(LakeError, match="is not a key of the lake"):
            attempt()


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "a=b", "", "x\0", "x' or 1=1 --"])
def test_a_partition_is_refused_before_anything_is_written_or_read(warehouse: Warehouse, name: str) -> None:
    for use in (warehouse.read, warehouse.delete, warehouse.exists):
        with pytest.raises(PartitionError):
            use("evaluation.verdicts", policy=name)


@pytest.mark.parametrize("arguments", [["evaluate", "../../x"], ["story", "../../etc/passwd"], ["show", "../../x"]])
def test_names_on_the_command_line_are_looked_up_and_never_paths(platform: Platform, arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code != 0 and type(result.exception).__module__.startswith("shopcart_assets"), result.exception


HOSTILE_YAML = "a: !!python/object/apply:os.mkdir [{place}]\n"


@pytest.mark.parametrize("name", ["shopcart.yaml", "policies.yaml", "experiments.yaml"])
def test_declared_yaml_runs_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HOSTILE_YAML.format(place=tmp_path / "made"))
    with pytest.raises(SettingsError, match="not YAML: could not determine a constructor"):
        load_settings({}, tmp_path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("read", [read_mapping, load_recipe, lambda path: load_examples(str(path))])
def test_other_yaml_runs_nothing(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / "file.yaml").write_text(HOSTILE_YAML.format(place=tmp_path / "made"))
    with pytest.raises(Exception) as refused:
        read(tmp_path / "file.yaml")
    assert type(refused.value).__module__.startswith("shopcart_assets") and not (tmp_path / "made").exists()


def test_nothing_loads_code_from_data() -> None:
    """Safe loaders alone, in every module; no pickle of a file, no shell, no evaluation of text."""
    loaders = {ast.unparse(call.args[1]) for _, call in calls({"load"}) if ast.unparse(call.func) == "yaml.load"}
    assert loaders == {"_OnceOnly", "yaml.BaseLoader"}
    assert not [
        path
        for path, _ in calls({"full_load", "unsafe_load", "eval", "exec", "system", "mktemp"})
        if "ml_jobs" not in path
    ]
    assert not [
        path
        for path, call in calls({"load", "loads"})
        if ast.unparse(call.func) in ("pickle.load", "pickle.loads", "torch.load")
    ]
    shells = [
        path
        for path, call in calls({"run", "Popen", "call", "check_call"})
        if any(one.arg == "shell" for one in call.keywords)
    ]
    assert not shells


def test_an_expanding_yaml_is_one_line(tmp_path: Path) -> None:
    steps = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    steps += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "shopcart.yaml").write_text("\n".join([*steps, "generators: *a11"]))
    with pytest.raises(SettingsError) as refused:
        load_settings({}, tmp_path)
    assert len(str(refused.value)) < 1_000


def test_sql_text_is_put_together_from_our_own_names_only() -> None:
    """Who asks with a text that is not a constant. Values of users go in as parameters."""
    allowed = {
        "shopcart_assets/platform/view_statements.py",  # names of the dictionary, and paths of the lake, quoted
        "shopcart_assets/platform/view_text.py",  # names of the dictionary, and a temporary path, quoted
        "shopcart_assets/platform/assets.py",  # an asset's own name
        "shopcart_assets/platform/warehouse.py",  # a table that the dictionary has
        "shopcart_assets/evaluation/bench.py",  # numbers and names of its own tables
    }
    composed = {
        path
        for path, call in calls({"execute", "sql", "query", "export", "_show", "_rows"})
        if path.startswith("shopcart_assets/") and any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in call.args)
    }
    assert composed <= allowed


def test_values_are_bound_and_paths_quoted(tmp_path: Path) -> None:
    root = tmp_path / 'it\'s "a" lake; drop --'
    warehouse = Warehouse(open_lake(str(root), tmp_path / "up"), root / "warehouse.duckdb")
    hostile = "x' or '1' = '1"
    assert warehouse.views.query("select $it as it", {"it": hostile})["it"].to_list() == [hostile]
    assert warehouse.views.query("select * from traffic.intake where day = $day", {"day": hostile}).height == 0


def test_the_ui_listens_on_this_machine_alone(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: started.append(command))
    assert CliRunner().invoke(cli, ["ui", "--port", "3999"]).exit_code == 0
    (command,) = started
    assert command[command.index("-h") + 1] == "127.0.0.1"


def test_no_module_listens_elsewhere() -> None:
    texts = {"0.0.0.0", "::"}
    found = [
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in texts
    ]
    assert not found and not list(calls({"HTTPServer", "ThreadingHTTPServer", "bind", "listen"}))


def test_a_lake_with_a_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(LakeError) as refused:
        open_lake("s3://me:hunter2@bucket/lake", tmp_path)
    assert "hunter2" not in str(refused.value) and "AWS_" in str(refused.value)


def test_settings_show_no_secret(tmp_path: Path) -> None:
    names = ("SHOPCART_SECRET", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "SHOPCART_SERVER_KEY")
    loaded = load_settings({name: f"hunter2-{name}" for name in names}, tmp_path)
    for shown in (
        repr(loaded),
        str(loaded),
        loaded.model_dump_json(exclude={"profile", "prices"}),
        yaml.safe_dump({"a": repr(loaded)}),
    ):
        assert "hunter2" not in shown
    assert not Platform.model_fields, "Dagster's configuration of the resource has nothing to show"
    (tmp_path / "shopcart.yaml").write_text("api_key: hunter2\n")
    with pytest.raises(SettingsError) as refused:
        load_settings({}, tmp_path)
    assert "hunter2" not in str(refused.value)


def test_a_secret_of_its_own_is_its_owners_alone(tmp_path: Path) -> None:
    load_settings({"SHOPCART_STATE": str(tmp_path / "state")}, tmp_path)
    assert (tmp_path / "state" / "secret").stat().st_mode & 0o077 == 0
