"""Dagster's history in a real PostgreSQL: chosen by one variable, searched by the erasure's proof, and a queue that survives kills."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from shopcart_assets.automation import dagster_instance
from shopcart_assets.platform.dagster_yaml import POSTGRES
from shopcart_assets.platform.settings import SettingsError, load_settings
from shopcart_assets.privacy.erasure.history import left_in_history
from shopcart_assets.privacy.erasure.proof import Needles
from tests import postgres
from tests.reasoning import backfill

pytestmark = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "it is here")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture
def environment(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """As a user writes it: the URL without a driver."""
    given = {POSTGRES: database.replace("+psycopg2", ""), "SHOPCART_STATE": str(tmp_path), "SHOPCART_PROFILE": "tiny"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def test_history_goes_to_the_database_and_the_password_nowhere(environment: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(environment)
    with dagster_instance(settings) as instance:
        assert (
            instance.get_dynamic_partitions("generators")
            and type(instance.run_storage).__module__ == "dagster_postgres.run_storage.run_storage"
        )
    password = environment[POSTGRES].split(":")[2].split("@")[0]
    assert password not in repr(settings)
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and password.encode() in one.read_bytes()]


def test_a_home_with_a_history_in_files_is_not_silently_left(environment: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump({"telemetry": {"enabled": False}}))
    with pytest.raises(SettingsError, match="move the file away"), dagster_instance(load_settings(environment)):
        pass


def test_what_an_asset_showed_of_a_user_is_found_in_the_history(environment: dict[str, str], database: str) -> None:
    user, name = "user-ö'% of nobody else", "person_7f3a"
    with dagster_instance(load_settings(environment)) as instance:
        needles = Needles((user,), (name,))
        assert list(left_in_history(database, needles)) == []
        shown = {"preview": dg.MetadataValue.md(f"<pre>rows of {name.upper()}</pre>")}
        instance.report_runless_asset_event(dg.AssetMaterialization(["context", "contexts"], metadata=shown))
        assert "postgres:event_logs.event" in list(left_in_history(database, needles))
        assert list(left_in_history(database, Needles(("somebody-else",), ()))) == []
    assert list(left_in_history("", needles)) == []


@pytest.mark.slow
def test_a_backfill_whose_workers_are_killed_completes_and_pays_for_each_request_once(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES, database)
    came = backfill.run(tmp_path, n_days=2, n_kills=2)
    assert (came.left, came.n_kills, came.paid) == (0, 2, {1: came.n_requests})
    assert not list((tmp_path / "home").rglob("*.db"))
