"""The fake server's answers are such as the stage asks for, so that a test may run the stage against it."""

from dataclasses import replace

import pytest

from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from shopcart_assets.platform.generator import GeneratorConfig, Mode, Output
from shopcart_assets.platform.llm import wire
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.prompt import prompt_of
from shopcart_assets.reasoning.read import read
from tests.platform.llm.fake_state import n_tokens
from tests.reasoning.said import rationales

GENERATOR = GeneratorConfig("g", "messages", "claude-haiku-5-5", "http://127.0.0.1:9", server="anthropic")

JOURNEY = [
    Step(TypeAndSubmit("search_input", "mug"), "Shop", "<p>Welcome</p><input name='search_input'>"),
    Step(Click("red_mug.view"), "Results for mug", "<ul><li><a name='red_mug.view'>Red mug</a> $9.99</li></ul>"),
    Step(None, "Red mug", "<h1>Red mug</h1>"),
    Step(Terminate(), "", ""),
]


@pytest.mark.parametrize(
    ("mode", "output"), [("per_action", "json"), ("per_session", "json"), ("per_action", "sentence")]
)
def test_the_fake_answers_what_is_asked_and_counts_tokens_as_the_plan_does(mode: Mode, output: Output) -> None:
    generator = replace(GENERATOR, mode=mode, output=output, page_tokens=28)
    for asked in prompt_of(generator).asked(JOURNEY):
        params = wire.body(asked.request, generator)
        steps = range(asked.first_step, asked.last_step + 1)
        found = read(rationales(params), "end_turn", steps, output)
        assert [found[step].defect for step in steps] == [None] * len(steps)
        assert n_tokens(params) == pytest.approx(asked.input_tokens, rel=0.02)
