from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from shopcart_assets.platform.llm import LLMRequest
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.prompt import QUESTION, Step, describe, examples, instructions, request
from shopcart_assets.reasoning.synthesize import journeys
from tests.reasoning.journey import GENERATOR, actions, contexts

# What a chat template adds to a message, about.
TEMPLATE_TOKENS = 5

STEPS = st.builds(
    Step,
    st.one_of(
        st.builds(Click, st.text(min_size=1)), st.builds(TypeAndSubmit, st.text(min_size=1), st.text()), st.just(Terminate()), st.none()
    ),
    st.text(),
    st.text(),
)  # fmt: skip


@pytest.fixture
def journey() -> list[Step]:
    ((_, steps),) = journeys(actions("a"), contexts())
    return steps


def test_each_step_reads_like_the_examples(journey: list[Step]) -> None:
    assert [describe(journey[:step]).split("\n") for step in (1, 2, 4)] == [
        ["Before: nothing", "Page: Shop", "Seen: Welcome", 'Action: typed "mug"', QUESTION],
        ['Before: typed "mug"', "Page: Results for mug", "Seen: Red mug $9.99", 'Action: clicked "Red mug"', QUESTION],
        [
            'Before: clicked "Red mug"; did something else on the page',
            "Page: ",
            "Seen: ",
            "Action: terminate",
            QUESTION,
        ],
    ]
    for asked in examples()[::2]:
        assert [line.split(":")[0] for line in asked.content.split("\n")] == [
            "Before",
            "Page",
            "Seen",
            "Action",
            QUESTION,
        ]


@given(st.lists(STEPS, min_size=1, max_size=5), st.data())
def test_no_request_knows_the_future(journey: list[Step], data: st.DataObject) -> None:
    step = data.draw(st.integers(1, len(journey)))
    other_future = data.draw(st.lists(STEPS, max_size=3))

    asked = request(journey, step, GENERATOR)
    assert asked == request(journey[:step], step, GENERATOR) == request(journey[:step] + other_future, step, GENERATOR)
    assert asked.key() == request(journey[:step], step, GENERATOR).key()


def test_the_action_and_the_page_are_part_of_the_question(journey: list[Step]) -> None:
    asked = request(journey, 2, GENERATOR)
    others = [replace(journey[1], action=Terminate()), replace(journey[1], title="x"), replace(journey[1], html="<p>x")]

    assert all(request([journey[0], other], 2, GENERATOR) != asked for other in others)


def test_a_request_is_short_however_long_the_journey(journey: list[Step]) -> None:
    long = Step(Click("x." + "word_" * 300), "title " * 300, "<p>" + "many words, " * 3_000)

    assert all(tokens(request(journey, step, GENERATOR)) < 330 for step in range(1, 5))
    assert tokens(request([*journey, *[long] * 30], 34, GENERATOR)) <= 380


def tokens(asked: LLMRequest) -> int:
    contents = [asked.system, *(message.content for message in asked.messages)]
    return sum(estimate_tokens(content) + TEMPLATE_TOKENS for content in contents)


def test_the_examples_end_in_what_the_shopper_said() -> None:
    asked, said = examples()[::2], examples()[1::2]

    assert [message.role for message in examples()] == ["user", "assistant"] * 3
    assert all("\n" not in message.content and "I " in message.content for message in said)
    assert all(message.content.startswith("Before: ") for message in asked)


def test_the_instructions_are_the_papers() -> None:
    assert "the context (what you were looking at) and the action (what you did)" in instructions()
    assert "#" not in instructions()
