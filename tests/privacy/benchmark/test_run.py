"""The benchmark with the LLM pass on: a rule stands in for the model, so the figures say what the pass can do, not what a model does."""

from dataclasses import asdict
from pathlib import Path

import pytest

from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger
from shopcart_assets.platform.profiles import NotDeclared
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.privacy.benchmark.plant import plant
from shopcart_assets.privacy.benchmark.run import bench, pass_of
from shopcart_assets.privacy.llm_pass.run import LLMPass
from tests.privacy.llm_pass.models import finding


def test_a_model_that_knows_every_name_raises_third_party_recall_and_spoils_no_title(tmp_path: Path) -> None:
    people = sorted({one.value for one in plant(4, seed=3).mentions if one.kind == "name"}, key=len, reverse=True)
    llm_pass = LLMPass(finding(*people), "rule", "rule", Ledger(LocalLake(tmp_path)), b"s")
    report = bench(4, seed=3, llm_pass=llm_pass)
    by_name = {one.method: one for one in report.methods}
    without, with_it = by_name["rules_and_gazetteer"], by_name["rules_gazetteer_and_llm (rule)"]
    assert with_it.quality.recall["third_party"] >= max(without.quality.recall["third_party"], 0.85)
    assert with_it.quality.share_of_titles_altered == 0 and with_it.quality.precision >= without.quality.precision
    assert with_it.quality.share_of_event_targets_altered == without.quality.share_of_event_targets_altered
    assert without.llm is None and with_it.llm and with_it.llm.n_bought > 0
    assert report.to_dict()["methods"]["rules_gazetteer_and_llm (rule)"]["llm"] == asdict(with_it.llm)
    assert any(line.startswith("  llm ") and f"{with_it.llm.n_bought} asked" in line for line in report.lines())


def test_the_generator_must_be_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCART_PROFILE", "tiny")
    settings = load_settings(folder=tmp_path)
    assert pass_of("tiny-random", settings).generator == "tiny-random"
    with pytest.raises(NotDeclared, match="no generator 'nobody'"):
        pass_of("nobody", settings)
