from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.keys import Keys
from shopcart_assets.platform.llm.port import LLMRequest, Message

# Few texts, so that many requests begin alike; some look like the JSON that they are put into.
TEXTS = st.sampled_from(["", "a", 'b"', '"messages":[]', "käse\u2028", "\x00\\"])
REQUESTS = st.builds(
    LLMRequest,
    model=st.sampled_from(["m", '"messages":[]']),
    system=TEXTS,
    messages=st.lists(st.builds(Message, st.sampled_from(["user", "assistant"]), TEXTS), max_size=4).map(tuple),
    max_tokens=st.integers(1, 2),
    sample_index=st.integers(0, 1),
    output_schema=st.none() | TEXTS,
    temperature=st.none() | st.sampled_from([0.0, 0.7]),
    round=st.none() | TEXTS,
)


@given(st.lists(REQUESTS, max_size=8))
def test_the_keys_are_those_of_the_requests_in_whatever_order_they_come(requests: list[LLMRequest]) -> None:
    keys = Keys()

    assert [keys(request) for request in requests] == [request.key() for request in requests]
