from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.port import LLMRequest, Message

REQUEST = LLMRequest("m", "s", (Message("user", "one"), Message("assistant", "two")), 9)


@given(st.text(), st.text())
def test_equal_requests_and_only_they_have_equal_keys(one: str, other: str) -> None:
    def asked(text: str) -> LLMRequest:
        return replace(REQUEST, messages=(Message("user", text),))

    assert (asked(one).key() == asked(other).key()) == (one == other)


def test_every_field_is_part_of_the_key() -> None:
    others = [
        replace(REQUEST, model="n"),
        replace(REQUEST, system="t"),
        replace(REQUEST, messages=REQUEST.messages[:1]),
        replace(REQUEST, messages=(Message("assistant", "one"), Message("user", "two"))),
        replace(REQUEST, max_tokens=10),
        replace(REQUEST, sample_index=1),
        replace(REQUEST, output_schema="{}"),
        replace(REQUEST, output_schema=""),
    ]
    assert len({request.key() for request in (REQUEST, *others)}) == 9


def test_a_request_without_a_schema_has_the_key_that_it_had_before_there_were_schemas() -> None:
    request = LLMRequest("m", "s", (Message("user", "hi"),), 9, 0, None)
    assert request.key() == "d8377d34f7f1bbc8" + request.key()[16:]
