"""The adapter with the real process behind it: a random model of 1.6 million parameters, so the answers mean nothing."""

from pathlib import Path

import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.llm import LLMError, LLMRequest, LLMResponse, Message, open_llm
from shopcart_assets.platform.profiles import GeneratorConfig

GENERATOR = GeneratorConfig("tiny", "local", "tiny-random", max_output_tokens=6, batch_size=2)


def request(text: str, sample_index: int = 0) -> LLMRequest:
    return LLMRequest("tiny-random", "Be brief.", (Message("user", text),), 6, sample_index)


@pytest.mark.slow
def test_a_real_process_answers_in_order_and_leaves_no_work_behind(platform: Platform) -> None:
    lines: list[str] = []
    kept: dict[str, LLMResponse] = {}
    requests = [
        request(text) for text in ("hello", "a <b>much</b> longer question\nof two lines\u2028or three", "hello")
    ] + [request("hello", sample_index) for sample_index in (1, 1, 2)]
    llm = open_llm(GENERATOR, platform.settings, lines.append)
    answers = llm.generate(requests, lambda asked, answer: kept.update({asked.key(): answer}))

    assert answers[0] == answers[2] != answers[1]
    assert answers[3] == answers[4] and len({answer.text for answer in (answers[0], *answers[3:])}) == 3
    assert [kept[asked.key()] for asked in requests] == answers
    assert all(answer.cost_usd == 0 and answer.output_tokens <= 6 < answer.input_tokens for answer in answers)
    assert any("4/4 answers" in line for line in lines), lines
    assert list((platform.settings.state / "work" / "complete").iterdir()) == []


@pytest.mark.slow
def test_a_process_that_fails_is_one_line(platform: Platform) -> None:
    llm = open_llm(GeneratorConfig("x", "local", "no-such-model"), platform.settings, lambda _: None)
    with pytest.raises(LLMError, match="no base model 'no-such-model'") as caught:
        llm.generate([LLMRequest("no-such-model", "", (Message("user", "hello"),), 6)])
    assert "\n" not in str(caught.value)


def test_a_question_to_another_model_is_refused(platform: Platform) -> None:
    with pytest.raises(LLMError, match="for itself alone"):
        open_llm(GENERATOR, platform.settings).generate([LLMRequest("claude-opus-5", "", (), 6)])


def test_no_question_starts_no_process(platform: Platform, tmp_path: Path) -> None:
    assert open_llm(GENERATOR, platform.settings).generate([]) == []
    assert not (tmp_path / "state" / "work").exists()


def test_the_engine_of_the_settings_is_asked_and_its_errors_are_one_line(platform: Platform) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: make install-ray")
    settings = platform.settings.model_copy(update={"engine": "ray", "ray_address": "127.0.0.4:1"})
    with pytest.raises(LLMError, match=r"^SHOPCART_ENGINE=ray and no Ray cluster answers at 127\.0\.0\.4:1: [^\n]+$"):
        open_llm(GENERATOR, settings).generate([request("hello")])
