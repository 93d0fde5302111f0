"""Configuration enters once; a typing error is said, never a silent default."""

import stat
from pathlib import Path

import pytest

from shopcart_assets.platform.profiles import PROFILES
from shopcart_assets.platform.settings import SettingsError, load_settings


def test_environment_over_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "shopcart.yaml").write_text(
        "profile: tiny\ntest_share: 0.5\ncontext_token_budget: 0\nn_processes: 16\n"
    )
    settings = load_settings({"SHOPCART_LAKE": "s3://bucket/lake"}, tmp_path)
    assert (settings.lake, settings.profile.name, settings.profile.split.test_share) == (
        "s3://bucket/lake",
        "tiny",
        0.5,
    )
    assert settings.profile.context.token_budget == 0 and settings.arrival_quiet_seconds == 60
    assert settings.profile.n_processes == 16 and load_settings({}, tmp_path / "x").profile.n_processes == 2
    assert load_settings({"SHOPCART_PROFILE": "demo"}, tmp_path).profile.name == "demo"
    assert load_settings({"SHOPCART_PROFILE": "demo"}, tmp_path, profile="paper").profile.name == "paper"
    assert load_settings({}, tmp_path / "elsewhere").lake == str(tmp_path / "elsewhere" / ".shopcart" / "lake")


def test_mistakes_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SHOPCART_PROFILE='huge': choose one of tiny, demo, study, paper"):
        load_settings({"SHOPCART_PROFILE": "huge"}, tmp_path)
    (tmp_path / "shopcart.yaml").write_text("profil: tiny\n")
    with pytest.raises(SettingsError, match="there is no key .profil.: did you mean profile"):
        load_settings({}, tmp_path)


def test_own_prices_and_a_budget_for_the_whole_lake(tmp_path: Path) -> None:
    (tmp_path / "shopcart.yaml").write_text(
        "budget_usd: 12.5\nprices:\n- {model: qwen, input_usd: 0.2, output_usd: 0.4, host: llm.example.com}\n"
    )
    settings = load_settings({}, tmp_path)
    price = settings.prices.price("qwen", "llm.example.com")
    assert settings.budget_usd == 12.5 and price and (price.output_usd, price.read_usd) == (0.4, 0.2)
    assert settings.prices.price("claude-opus-5") and load_settings({}, tmp_path / "elsewhere").budget_usd is None
    (tmp_path / "shopcart.yaml").write_text("prices: [{model: qwen, input_usd: -1, output_usd: 0.4}]\n")
    with pytest.raises(SettingsError, match=r"prices.0.input_usd Input should be greater than or equal to 0"):
        load_settings({}, tmp_path)


def test_a_generator_says_how_it_is_asked_and_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shopcart.yaml"
    file.write_text(
        "generators: [{name: g, model: m, mode: per_session, route: batch, budget_usd: 5, examples: e.yaml}]"
    )
    generator = load_settings({}, tmp_path).profile.generator("g")
    assert (generator.mode, generator.route, generator.output, generator.page_tokens) == (
        "per_session",
        "batch",
        "json",
        None,
    )
    assert (generator.budget_usd, generator.examples, generator.max_output_tokens) == (5, "e.yaml", 200)
    for wrong, said in (
        ("mode: per_session, output: sentence, page_tokens: 28", "set mode: per_action and page_tokens"),
        ("output: sentence", "set mode: per_action and page_tokens"),
        ("page_tokens: 1", "generators.0.page_tokens Input should be greater than or equal to 8"),
        ("name: human", "generators.0 human stands for what people said themselves"),
        ("mode: both", "generators.0.mode Input should be 'per_action' or 'per_session'"),
    ):
        given = f"model: m, {wrong}" if "name" in wrong else f"name: g, model: m, {wrong}"
        file.write_text(f"generators: [{{{given}}}]")
        with pytest.raises(SettingsError, match=said):
            load_settings({}, tmp_path)


def test_the_secret_is_made_once_for_its_owner_only_and_never_shown(tmp_path: Path) -> None:
    first, second = load_settings({}, tmp_path), load_settings({}, tmp_path)
    value = first.secret.get_secret_value()
    assert value == second.secret.get_secret_value() and len(value) == 64
    assert stat.S_IMODE((tmp_path / ".shopcart" / "secret").stat().st_mode) == 0o600
    assert value not in repr(first)
    assert load_settings({"SHOPCART_SECRET": "mine"}, tmp_path).secret.get_secret_value() == "mine"


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_complete(name: str) -> None:
    profile = PROFILES[name]()
    for experiment in profile.experiments:
        assert experiment.generator is None or profile.generator(experiment.generator)
        assert (experiment.generator is None) == (experiment.arm == "action_only")
    for policy in profile.policies:
        assert policy.kind != "fine_tuned" or profile.experiment(str(policy.model)).arm == policy.arm


def test_people_are_heard_where_an_experiment_learns_from_them() -> None:
    assert PROFILES["study"]().writers() == ["human"]
    assert PROFILES["tiny"]().writers() == ["tiny-random"]


def test_each_key_is_known_by_whose_it_is_and_shown_to_nobody(tmp_path: Path) -> None:
    keys = {"ANTHROPIC_API_KEY": "sk-a", "OPENAI_API_KEY": "sk-o", "SHOPCART_SERVER_KEY": "sk-s"}
    settings = load_settings(keys, tmp_path)
    secrets = (settings.api_key, settings.openai_key, settings.server_key)
    assert [one.get_secret_value() for one in secrets] == ["sk-a", "sk-o", "sk-s"]
    assert "sk-" not in f"{settings!r}{settings}"
    assert load_settings({}, tmp_path).server_key.get_secret_value() == ""


def test_an_empty_secret_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / ".shopcart").mkdir()
    (tmp_path / ".shopcart" / "secret").touch()
    with pytest.raises(SettingsError, match="secret is empty: put back the secret that was there"):
        load_settings({}, tmp_path)
