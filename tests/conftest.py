"""What all tests share: a lake in a temporary folder, and the shared real pages where this machine has them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._core.storage.defs_state.base import _current_storage
from hypothesis import settings

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.object_store import Store, serving

# Tests share the machine with others: how long an example takes says nothing about it.
settings.register_profile("shared_machine", deadline=None)
settings.load_profile("shared_machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What takes long to prepare is only prepared where somebody asks for it."""
    parser.addoption(
        "--build-llama", action="store_true", help="build llama.cpp's server once, for the tests on real inference"
    )
    parser.addoption("--chaos", action="store_true", help="break everything that can be broken: tests/chaos as a whole")
    parser.addoption("--kills", type=int, default=22, help="with --chaos: how often stages are killed, all together")
    parser.addoption("--chaos-seed", default="0", help="decides when")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: one worker runs a file, and what starts last must not be what everybody waits for."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.name != "test_end_to_end.py", item.path not in slow))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command sets for itself and its children (settings.enter) ends with its test: the next one has another home."""
    for name in ("DAGSTER_HOME", "SHOPCART_STATE", "SHOPCART_LAKE", "SHOPCART_PROFILE", "SHOPCART_ENGINE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_instance_is_left() -> Iterator[None]:
    """Dagster remembers the storage of the instance entered last, even once that is gone: no test is to meet another's.

    A context of a sensor or schedule that is never left (`with`) brings an earlier one back whenever its garbage is collected.
    """
    yield
    _current_storage.set(None)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty lake."""
    return Warehouse(open_lake(str(tmp_path / "lake"), tmp_path / "uploads"), tmp_path / "lake" / "warehouse.duckdb")


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The resource that assets get, with a lake and a state folder of the test's own and the tiny profile."""
    monkeypatch.setenv("SHOPCART_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SHOPCART_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("SHOPCART_PROFILE", "tiny")
    return Platform()


@pytest.fixture(scope="session")
def object_store() -> Iterator[Store]:
    """A real S3 server."""
    with serving() as store:
        yield store


@pytest.fixture
def s3(object_store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty lake on it, which this process and its children can reach."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    return object_store.new_lake()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, the paper and the real-page drop beside this checkout; the test is skipped without it."""
    folder = Path(__file__).parents[2] / "shared"
    if not (folder / "raw_drop").is_dir():
        pytest.skip(f"no {folder}: tests on real pages need it")
    return folder
