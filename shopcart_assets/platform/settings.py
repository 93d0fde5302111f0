"""The one place where configuration enters: the environment, `shopcart.yaml` and, beside it, what `declared/own.py` reads.

It travels on as typed values.
"""

import datetime as dt
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import cast, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from shopcart_assets.platform.dagster_yaml import POSTGRES, dagster_yaml
from shopcart_assets.platform.declared.generators import GeneratorEntry
from shopcart_assets.platform.declared.own import with_own
from shopcart_assets.platform.declared.yaml_file import Entry, SettingsError, read
from shopcart_assets.platform.declared.zones import ZoneEntry
from shopcart_assets.platform.engine import EngineName
from shopcart_assets.platform.files import write_once
from shopcart_assets.platform.lake import Lake, open_lake
from shopcart_assets.platform.launchers import LauncherConfig, LocalConfig
from shopcart_assets.platform.llm.prices import Price, PriceList, vendored
from shopcart_assets.platform.profiles import (
    PROFILES,
    ContextConfig,
    GeneratorConfig,
    NotDeclared,
    PolicyConfig,
    Profile,
    SplitConfig,
    TrafficConfig,
)
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.platform.warehouse import Warehouse


class File(Entry):
    """`shopcart.yaml`: what it may say."""

    profile: str = "demo"
    state: str = ".shopcart"
    first_day: dt.date = dt.date(2025, 1, 1)
    fresh_within_hours: float | None = Field(default=None, gt=0)
    session_gap_minutes: float | None = Field(default=None, gt=0)
    context_token_budget: int | None = Field(default=None, ge=0)
    test_share: float | None = Field(default=None, gt=0, lt=1)
    arrival_quiet_seconds: float = Field(default=60, ge=0)
    watch_minutes: float = Field(default=60, gt=0)
    raw_retention_days: int | None = Field(default=90, ge=1)
    generators: tuple[GeneratorEntry, ...] = ()
    prices: tuple[Price, ...] = ()
    budget_usd: float | None = Field(default=None, ge=0)
    launcher: LauncherConfig = LocalConfig()
    privacy_llm: str | None = None
    privacy_llm_min_users: int = Field(default=5, ge=1)
    privacy_zones: tuple[ZoneEntry, ...] = ()
    engine: EngineName = "local"
    n_processes: int | None = Field(default=None, ge=1)


class Settings(BaseModel):
    """Everything that a process needs to know about where it runs.

    `state` is a local folder for what is not a table: models, checkpoints, work files, Dagster's own storage. `secret` is
    the key of the pseudonyms; it lies outside the lake. `api_key` is for Anthropic, `openai_key` for
    OpenAI, `server_key` for any other model server; each may be empty. Dagster's history goes to the database at `postgres_url`, or
    into the state folder where that is empty. A delivery without a
    marker is whole when nothing of it has changed for `arrival_quiet_seconds`. Watched model lists are read every `watch_minutes`. Raw traffic older than `raw_retention_days` is deleted
    by the job sweep_raw; None = never. `engine` works on days and runs local models: processes of this machine, or the Ray cluster at `ray_address`. `budget_usd` is all that the generators may cost together; None = only their own budgets.

    `privacy_llm` is the generator that reads free text for what the other layers of the privacy stage left; None, the default, = nobody.
    To name one is to say that personal data may be sent to it: reviews, questions, chats, notes and search words, word for word, that
    fewer than `privacy_llm_min_users` users of a day saw. So name a server of your own, or one whose contract covers it. A local
    generator keeps it on this machine, or on the nodes of the engine's cluster, but the 135M model that comes with the project is not good enough for the task.
    `privacy_zones` are parts of the user's own shops that are about a person, beside those that the privacy stage knows.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    lake: str
    state: Path
    secret: SecretStr
    api_key: SecretStr
    openai_key: SecretStr = SecretStr("")
    server_key: SecretStr = SecretStr("")
    postgres_url: SecretStr = SecretStr("")
    profile: Profile
    arrival_quiet_seconds: float = 60
    watch_minutes: float = 60
    raw_retention_days: int | None = 90
    prices: PriceList = Field(default_factory=vendored)
    budget_usd: float | None = None
    launcher: LauncherConfig = LocalConfig()
    privacy_llm: GeneratorConfig | None = None
    privacy_llm_min_users: int = 5
    privacy_zones: tuple[ZoneEntry, ...] = ()
    engine: EngineName = "local"
    ray_address: str = "auto"
    python: str = sys.executable

    def open_lake(self) -> Lake:
        """The lake, local or remote."""
        return open_lake(self.lake, self.state / "uploads")

    def warehouse(self) -> Warehouse:
        """The lake's tables. The views file lies in a local lake itself, else in the state folder."""
        lake = self.open_lake()
        folder = Path(lake.url) if "://" not in lake.url else self.state
        return Warehouse(lake, folder / "warehouse.duckdb")

    def tombstones(self) -> Tombstones:
        """Who was erased from the lake."""
        return Tombstones(self.open_lake(), self.secret.get_secret_value().encode())


def load_settings(
    environ: Mapping[str, str] = os.environ, folder: Path | None = None, profile: str | None = None
) -> Settings:
    """Settings from the environment over the YAML files in `folder` (default: the working directory) over defaults.

    `profile` goes before the one that they name. Reads SHOPCART_LAKE, SHOPCART_SECRET, SHOPCART_PROFILE, SHOPCART_STATE,
    SHOPCART_ENGINE, RAY_ADDRESS, ANTHROPIC_API_KEY, OPENAI_API_KEY, SHOPCART_SERVER_KEY and SHOPCART_POSTGRES_URL. Raises SettingsError.
    """
    folder = folder or Path.cwd()
    file = read(File, folder / "shopcart.yaml")
    state = folder / (environ.get("SHOPCART_STATE") or file.state)
    name = profile or environ.get("SHOPCART_PROFILE") or file.profile
    if name not in PROFILES:
        raise SettingsError(f"SHOPCART_PROFILE={name!r}: choose one of {', '.join(PROFILES)}")
    engine = environ.get("SHOPCART_ENGINE") or file.engine
    if engine not in get_args(EngineName):
        raise SettingsError(f"SHOPCART_ENGINE={engine!r}: choose one of {', '.join(get_args(EngineName))}")
    chosen = with_own(_overridden(PROFILES[name](), file), folder)
    return Settings(
        lake=environ.get("SHOPCART_LAKE") or str(state.absolute() / "lake"),
        state=state.absolute(),
        secret=SecretStr(environ.get("SHOPCART_SECRET") or _own_secret(state / "secret")),
        api_key=SecretStr(environ.get("ANTHROPIC_API_KEY", "")),
        openai_key=SecretStr(environ.get("OPENAI_API_KEY", "")),
        server_key=SecretStr(environ.get("SHOPCART_SERVER_KEY", "")),
        postgres_url=SecretStr(environ.get(POSTGRES, "").replace("postgresql://", "postgresql+psycopg2://", 1)),
        profile=chosen,
        arrival_quiet_seconds=file.arrival_quiet_seconds,
        watch_minutes=file.watch_minutes,
        raw_retention_days=file.raw_retention_days,
        prices=vendored().with_own(file.prices),
        budget_usd=file.budget_usd,
        launcher=file.launcher,
        privacy_llm=_declared(chosen, file.privacy_llm, folder / "shopcart.yaml"),
        privacy_llm_min_users=file.privacy_llm_min_users,
        privacy_zones=file.privacy_zones,
        engine=cast("EngineName", engine),
        ray_address=environ.get("RAY_ADDRESS") or "auto",
    )


def first_day(folder: Path | None = None) -> dt.date:
    """The first day that can be materialized, from the YAML file in `folder` (default: the working directory). Raises SettingsError.

    Apart from the other settings, because Dagster must know its partitions before a run reads any.
    """
    return read(File, (folder or Path.cwd()) / "shopcart.yaml").first_day


def fresh_within_hours(folder: Path | None = None) -> float | None:
    """How old the newest materialization of a daily table may be; None = as old as it likes, as in a lake that nobody feeds.

    From where `first_day` is, and apart for the same reason. Raises SettingsError.
    """
    return read(File, (folder or Path.cwd()) / "shopcart.yaml").fresh_within_hours


def enter(settings: Settings) -> Path:
    """Makes this process and its children agree on `settings` and on Dagster's home, wherever they are started.

    Returns DAGSTER_HOME: a folder in the state folder, whose dagster.yaml `dagster_yaml` says. An existing one is left alone: it is the
    place for Dagster's own choices. Raises SettingsError where it keeps the history elsewhere than `postgres_url` says.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or settings.state / "dagster")
    home.mkdir(parents=True, exist_ok=True)
    is_postgres = bool(settings.postgres_url.get_secret_value())
    if is_postgres and find_spec("dagster_postgres") is None:
        raise SettingsError(f"{POSTGRES} needs the postgres extra: pip install 'shopcart-assets[postgres]'")
    path = home / "dagster.yaml"
    write_once(path, yaml.safe_dump(dagster_yaml(is_postgres)))
    if is_postgres and "postgres" not in (yaml.safe_load(path.read_text()) or {}).get("storage", {}):
        raise SettingsError(
            f"{path} keeps Dagster's history in a folder, {POSTGRES} in a database: move the file away to begin a new history there"
        )
    if is_postgres:
        # Its driver is named there: SQLAlchemy 2.1 takes another one by itself, which dagster-postgres does not install.
        os.environ[POSTGRES] = settings.postgres_url.get_secret_value()
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["SHOPCART_LAKE"] = settings.lake
    os.environ["SHOPCART_STATE"] = str(settings.state)
    os.environ["SHOPCART_PROFILE"] = settings.profile.name
    os.environ["SHOPCART_ENGINE"] = settings.engine
    return home


def _overridden(profile: Profile, file: File) -> Profile:
    """The profile with what the file says instead; a generator of the file is also a declared one."""
    more = tuple(one.config() for one in file.generators)
    return replace(
        profile,
        traffic=TrafficConfig(
            file.session_gap_minutes or profile.traffic.session_gap_minutes, profile.traffic.clock_skew_hours
        ),
        context=profile.context if file.context_token_budget is None else ContextConfig(file.context_token_budget),
        split=profile.split if file.test_share is None else SplitConfig(file.test_share, profile.split.salt),
        generators=profile.generators + more,
        n_processes=file.n_processes or profile.n_processes,
    )


def _declared(profile: Profile, generator: str | None, path: Path) -> GeneratorConfig | None:
    try:
        return profile.generator(generator) if generator else None
    except NotDeclared as error:
        raise SettingsError(f"{path}: privacy_llm: {error.args[0]}") from error


def _own_secret(path: Path) -> str:
    """The secret that this installation made for itself on its first run, readable by its owner only."""
    write_once(path, secrets.token_hex(32), mode=0o600)
    if secret := path.read_text():
        return secret
    raise SettingsError(f"{path} is empty: put back the secret that was there, else nobody is known again")


__all__ = ["PolicyConfig", "Settings", "SettingsError", "enter", "first_day", "fresh_within_hours", "load_settings"]
