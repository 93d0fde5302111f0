"""What is kept of a paid answer: positions under keyed hashes, once for equal snippets, and not a word."""

import hashlib
import json

import pytest

from shopcart_assets.platform.llm import Ledger, LedgerError, LLMError
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.llm_pass.prompt import request
from shopcart_assets.privacy.llm_pass.sealed import SealedLLM, verdict_of
from shopcart_assets.privacy.llm_pass.spans import Mark
from tests.privacy.llm_pass.models import RuleLLM, finding, saying

SNIPPETS = ("a mug for Quillon Zebroski", "sent by Quillon Zebroski", "a blue mug")
CANARY = ("quillon", "zebroski", "mug")


def _sealed(llm: RuleLLM, secret: bytes = b"key", model: str = "m") -> SealedLLM:
    return SealedLLM(llm, model, secret, SNIPPETS)


def _ask(ledger: Ledger, sealed: SealedLLM, sessions: tuple[str, ...] = ("s1", "s2", "s3")) -> list[tuple[Mark, ...]]:
    answers = ledger.generate(sealed, [sealed.stand_in(one) for one in SNIPPETS], about=sessions)
    return [verdict_of(answer, snippet).marks for answer, snippet in zip(answers, SNIPPETS, strict=True)]


def _entries(warehouse: Warehouse) -> list[str]:
    return [warehouse.lake.open(key).read().decode() for key in warehouse.lake.keys("ledger/")]


def _kept(warehouse: Warehouse) -> str:
    lake = warehouse.lake
    return " ".join(key + lake.open(key).read().decode() for key in lake.keys("")).lower()


def test_the_model_sees_the_snippet_and_the_ledger_no_word_of_it(warehouse: Warehouse) -> None:
    llm = finding("Quillon Zebroski")
    marks = _ask(Ledger(warehouse.lake), _sealed(llm))
    assert marks == [(Mark(10, 26, "name"),), (Mark(8, 24, "name"),), ()] and llm.asked == list(SNIPPETS)
    kept = _kept(warehouse)
    assert "spans_v1" not in kept and not any(word in kept for word in CANARY)


def test_what_is_kept_can_only_be_looked_up_with_the_secret(warehouse: Warehouse) -> None:
    _ask(Ledger(warehouse.lake), _sealed(finding()))
    keys = set(Ledger(warehouse.lake).keys())
    guesses = {request(one, "m").key() for one in SNIPPETS} | {
        hashlib.sha256(one.encode()).hexdigest() for one in SNIPPETS
    }
    guesses |= {_sealed(finding(), b"another key").stand_in(one).key() for one in SNIPPETS}
    assert len(keys) == 3 and not keys & guesses


def test_nothing_is_paid_for_twice_and_a_killed_run_goes_on(warehouse: Warehouse) -> None:
    ledger, breaking, whole = Ledger(warehouse.lake), finding(), finding()
    breaking.breaks_after = 2
    with pytest.raises(LLMError):
        _ask(ledger, _sealed(breaking))
    _ask(ledger, _sealed(whole))
    assert breaking.asked + whole.asked == list(SNIPPETS)
    third = finding()
    _ask(ledger, _sealed(third))
    assert third.asked == []


def test_another_model_is_asked_anew(warehouse: Warehouse) -> None:
    ledger, second = Ledger(warehouse.lake), finding()
    _ask(ledger, _sealed(finding()))
    _ask(ledger, _sealed(second, model="m2"))
    assert len(second.asked) == 3


def test_a_model_that_repeats_what_it_read_leaves_nothing_in_any_field(warehouse: Warehouse) -> None:
    parrot = RuleLLM(
        lambda snippet: json.dumps([{"text": snippet, "kind": snippet}, snippet]), stop_reason="Quillon mug"
    )
    assert _ask(Ledger(warehouse.lake), _sealed(parrot)) == [(), (), ()]
    parrot.stop_reason = "end_turn"
    assert _ask(Ledger(warehouse.lake), _sealed(parrot, model="m2")) == [(), (), ()]
    assert not any(word in _kept(warehouse) for word in CANARY)


def test_an_erased_session_s_answers_go(warehouse: Warehouse) -> None:
    ledger = Ledger(warehouse.lake)
    sealed = _sealed(finding())
    ledger.generate(sealed, [sealed.stand_in(one) for one in (*SNIPPETS, SNIPPETS[0])], about=["s1", "s2", "s3", "s2"])
    assert ledger.forget(["s2"], [], []) == 1
    assert set(ledger.keys()) == {sealed.stand_in(SNIPPETS[0]).key(), sealed.stand_in(SNIPPETS[2]).key()}
    assert all("s2" not in json.loads(text)["about"] for text in _entries(warehouse))


@pytest.mark.parametrize("text", ["", "[]", '{"marks": [{"start": 0, "end": 999, "kind": "name"}], "refused": {}}'])
def test_an_entry_that_does_not_fit_its_snippet_is_refused(warehouse: Warehouse, text: str) -> None:
    (answer,) = Ledger(warehouse.lake).generate(saying(text), [request(SNIPPETS[0], "m")])
    with pytest.raises(LedgerError, match="does not fit its snippet"):
        verdict_of(answer, SNIPPETS[0])


def test_a_stand_in_is_as_long_as_what_it_stands_for_so_that_a_budget_knows_the_price() -> None:
    for snippet in ("short", "a long one " * 60):
        stand_in, real = SealedLLM(saying("[]"), "m", b"key", [snippet]).stand_in(snippet), request(snippet, "m")
        said = estimate_tokens(real.system) + sum(estimate_tokens(one.content) for one in real.messages)
        assert said <= estimate_tokens(stand_in.messages[0].content) <= said + 200
        assert stand_in.max_tokens == real.max_tokens and "long" not in stand_in.messages[0].content
