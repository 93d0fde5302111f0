import itertools

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.port import Message
from shopcart_assets.platform.llm.turns import as_text, in_blocks

MESSAGES = st.lists(st.builds(Message, st.sampled_from(["user", "assistant"]), st.text()))


@given(MESSAGES)
def test_turns_alternate_and_hold_every_message_in_its_order(messages: list[Message]) -> None:
    blocks = [
        (turn["role"], block if isinstance(block, str) else block["text"])
        for turn in in_blocks(messages)
        for block in ([turn["content"]] if isinstance(turn["content"], str) else turn["content"])
    ]

    assert blocks == [(one.role, one.content) for one in messages]
    for turns in (in_blocks(messages), as_text(messages)):
        roles = [turn["role"] for turn in turns]
        assert all(one != other for one, other in itertools.pairwise(roles))


def test_a_longer_request_begins_with_the_blocks_of_the_one_before() -> None:
    messages = [Message("user", "page 1"), Message("user", "page 2")]
    (before,), (after,) = in_blocks(messages), in_blocks([*messages, Message("user", "page 3")])

    assert after["content"][:2] == before["content"]
