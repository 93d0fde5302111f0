"""The pass from shopcart.yaml to the asset's metadata, through the real client and a server; and no word of it anywhere else."""

import datetime as dt
import gc
import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.llm.budget import spending
from shopcart_assets.platform.settings import SettingsError, load_settings
from shopcart_assets.privacy.definitions import ASSETS, CHECKS
from shopcart_assets.privacy.erasure.run import Estate, erase
from shopcart_assets.privacy.llm_pass import prompt
from shopcart_assets.privacy.llm_pass.setting import Reading
from tests.platform.llm.fake_server import FakeServer, message, serve
from tests.privacy.llm_pass.days import raw_day
from tests.privacy.llm_pass.models import said

DAY = "2026-10-01"
CANARY = "quillor zebrosk"  # a nickname that no list and no cue tells
PAGES = {"p": f"<p>We share it with {CANARY} since spring.</p><p>Second words</p>"}
EVENTS = ({"page_id": "p", "value": f"mug with {CANARY} picture"}, {"page_id": "p", "value": None})


def _settings(folder: Path, server: FakeServer | None, more: str = "privacy_llm: reader") -> None:
    url = server.url if server else "https://api.anthropic.com"
    folder.joinpath("shopcart.yaml").write_text(
        f"generators: [{{name: reader, kind: messages, model: fake-1, base_url: '{url}'}}]\n{more}\n"
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: Platform) -> Path:
    """The working directory, with a raw day in the lake that the environment names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    events, pages = raw_day(PAGES, *EVENTS)
    platform.warehouse.write("traffic.events", events, day=DAY)
    platform.warehouse.write("traffic.pages", pages, day=DAY)
    return tmp_path


def _run(*checks: dg.AssetChecksDefinition) -> tuple[dict[str, object], str]:
    """Metadata of privacy.findings, and all metadata and messages of the run's events."""
    result = dg.materialize([*ASSETS, *checks], resources={"platform": Platform()}, partition_key=DAY)
    assert result.success and all(check.passed for check in result.get_asset_check_evaluations())
    shown = {one.asset_key.path[1]: one.metadata for one in result.asset_materializations_for_node("scrubbed")}
    return {name: value.value for name, value in shown["findings"].items()}, str(result.all_events)


def _outside_raw(folder: Path) -> str:
    """Everything in the lake and the state folder but raw traffic."""
    files = [path for path in folder.rglob("*") if path.is_file() and "traffic" not in path.parts]
    read = (
        json.dumps(pl.read_parquet(one).to_dicts(), default=str)
        if one.suffix == ".parquet"
        else one.read_bytes().decode("latin-1")
        for one in files
    )
    return " ".join((*read, *map(str, files))).lower()


def _answers(server: FakeServer) -> None:
    server.otherwise = message(said((CANARY, "name"), ("Bob", "name")))


def test_without_a_model_it_is_off_and_says_so(here: Path) -> None:
    facts, _ = _run()
    assert facts["llm_pass"] == "off (no model configured)" and not [name for name in facts if name.startswith("llm_s")]
    assert CANARY in _outside_raw(here / "lake")  # what the other layers leave


def test_without_a_key_it_is_off_and_says_so(here: Path) -> None:
    _settings(here, None)
    facts, _ = _run()
    assert str(facts["llm_pass"]).startswith("off (api.anthropic.com needs a key: set ANTHROPIC_API_KEY")


def test_with_a_model_no_output_cache_log_or_metadata_has_the_canary(here: Path) -> None:
    with serve() as server:
        _settings(here, server)
        _answers(server)
        facts, events = _run(*CHECKS)
        n_asked = len(server.bodies)
        again, _ = _run()
        assert len(server.bodies) == n_asked == 3
    asked = " ".join(body["messages"][-1]["content"] for body in server.bodies)
    assert asked.count(CANARY) == 2
    everything = _outside_raw(here) + events.lower()
    assert "quillor" not in everything and "zebrosk" not in everything and "we share it" not in events.lower()
    assert (facts["llm_pass"], facts["llm_snippets"], facts["llm_asked"], facts["llm_reused"]) == (
        "on (reader)",
        3,
        3,
        0,
    )
    assert facts["llm_marked"] == 2 and facts["llm_masked_places"] == 2 and "llm_cost_usd" not in facts
    assert facts["llm_refused_not_in_snippet"] == 4
    assert (again["llm_asked"], again["llm_reused"], again["llm_cost_usd"]) == (0, 3, 0)


def test_an_erased_user_s_answers_go_from_the_ledger(here: Path) -> None:
    with serve() as server:
        _settings(here, server)
        _answers(server)
        _run()
    estate = Estate.of(load_settings())
    assert len(estate.warehouse.lake.keys("ledger/")) == 3
    written = erase(estate, "u", dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    assert not estate.warehouse.lake.keys("ledger/")
    assert dict(written.select("place", "n_rows").iter_rows())["ledger"] == 3 and written["n_left"].sum() == 0


def test_what_the_settings_may_say(here: Path) -> None:
    _settings(here, None, "privacy_llm: nobody")
    with pytest.raises(SettingsError, match=r"privacy_llm: no generator 'nobody' in this profile; declared: .*reader"):
        load_settings()
    _settings(here, None, "privacy_llm: reader\nprivacy_llm_min_users: 0")
    with pytest.raises(SettingsError, match="privacy_llm_min_users"):
        load_settings()
    _settings(here, None, "privacy_llm: tiny-random\nprivacy_llm_min_users: 3")
    reading = Reading.of(load_settings())
    assert reading.llm_pass and (reading.llm_pass.generator, reading.llm_pass.min_users) == ("tiny-random", 3)


def test_a_local_model_s_requests_go_with_the_process_that_wrote_them(here: Path) -> None:
    _settings(here, None, "privacy_llm: tiny-random")
    left = here / "state" / "scratch" / "999999999-llm-x"
    left.mkdir(parents=True)
    (left / "requests.jsonl").write_text(CANARY)
    reading = Reading.of(load_settings())
    assert reading.scratch and not left.exists()
    work = Path(reading.scratch.name)
    assert work.is_dir() and work.parent == here / "state" / "scratch" and reading.llm_pass
    assert getattr(reading.llm_pass.llm, "work", None) == work
    del reading
    gc.collect()
    assert not work.exists()


@pytest.mark.slow
def test_a_local_model_is_asked_and_leaves_no_word_behind(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "MAX_OUTPUT_TOKENS", 12)
    _settings(here, None, "privacy_llm: tiny-random")
    facts, events = _run()
    gc.collect()
    assert facts["llm_asked"] == 3 and facts["llm_cost_usd"] == 0
    refused = sum(int(str(n)) for name, n in facts.items() if name.startswith("llm_refused_"))
    assert refused == 3 and facts["llm_marked"] == 0  # a model of random weights says nothing that could be used
    left = [one for one in (here / "state").rglob("*") if one.is_file() and CANARY.encode() in one.read_bytes()]
    assert not left and CANARY not in events


def test_a_model_that_costs_money_is_not_asked_without_a_budget(here: Path) -> None:
    price = "prices: [{model: fake-1, input_usd: 1, output_usd: 5}]"
    with serve() as server:
        _settings(here, server, f"privacy_llm: reader\n{price}")
        result = dg.materialize(ASSETS, resources={"platform": Platform()}, partition_key=DAY, raise_on_error=False)
        assert not result.success and "set budget_usd" in str(result.all_events) and not server.bodies

        server.otherwise = message(said((CANARY, "name")))
        _settings(here, server, f"privacy_llm: reader\nbudget_usd: 1\n{price}")
        assert _run()[0]["llm_cost_usd"]
    spent = spending(load_settings())[-1]
    assert spent.spent_usd > 0 and spent.reserved_usd == 0
