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
        replace(REQUEST, temperature=0.0),
        replace(REQUEST, temperature=0.7),
        replace(REQUEST, round="2026-W48"),
        replace(REQUEST, round="2026-W49"),
    ]
    assert len({request.key() for request in (REQUEST, *others)}) == 1 + len(others)


def test_keys_hold_what_was_paid_before_there_were_temperatures_and_rounds_is_found_again() -> None:
    """Hashes as they were computed before the fields were there: each stands for an answer that was bought."""
    assert REQUEST.key() == "41d3a04e4d50d004f97fe6873ada110c89a407332992c16fee135720548c2fac"
    asked = LLMRequest("m", "s", (Message("user", "käse"),), 40, 1, '{"type":"object"}')
    assert asked.key() == "628e83fd5738865b27a0f7b6c4effda7de79b8cb32382835fed1b55b168db9c8"


def test_a_request_without_a_schema_has_the_key_that_it_had_before_there_were_schemas() -> None:
    request = LLMRequest("m", "s", (Message("user", "hi"),), 9, 0, None)
    assert request.key() == "d8377d34f7f1bbc8" + request.key()[16:]
