from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.platform.actions import Terminate, TypeAndSubmit
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.render import LEFT_OUT
from shopcart_assets.reasoning.window import MESSAGE_TOKENS, MOST_TOKENS, Shown, growing, whole


def journey(*thousands: int) -> list[Step]:
    """Pages of so many thousand tokens."""
    return [Step(TypeAndSubmit("q", f"mug {n}"), "", "page " * 1_000 * size) for n, size in enumerate(thousands)]


def left_out(shown: Shown) -> int:
    flags = [LEFT_OUT in one.content for one in shown.messages]
    assert flags == sorted(flags, reverse=True), "the oldest go first"
    return sum(flags)


def test_what_fits_is_shown_whole() -> None:
    steps = journey(*[5] * 7)

    assert left_out(whole(steps, None)) == 0
    assert [one.messages for one in growing(steps, None)][-1] == whole(steps, None).messages


def test_beyond_the_limit_the_oldest_pages_go_and_no_action() -> None:
    steps = journey(*[9] * 20)
    shown = whole(steps, None)

    assert left_out(shown) == 16 and shown.tokens <= MOST_TOKENS
    assert all(f"mug {n}" in one.content for n, one in enumerate(shown.messages))


def test_step_by_step_several_go_at_once_so_that_the_next_steps_begin_alike() -> None:
    windows = list(growing(journey(*[9] * 12), None))

    assert [left_out(one) for one in windows] == [0, 0, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8]
    assert all(one.tokens <= MOST_TOKENS for one in windows)


def test_a_last_page_that_is_too_long_by_itself_stays() -> None:
    shown = whole(journey(1, 90), None)

    assert left_out(shown) == 1 and shown.tokens > MOST_TOKENS


@settings(max_examples=30)
@given(st.lists(st.integers(0, 15), min_size=1, max_size=12))
def test_tokens_are_those_of_the_messages_and_each_window_knows_its_past_alone(sizes: list[int]) -> None:
    steps = [*journey(*sizes), Step(Terminate(), "", "")]
    windows = list(growing(steps, None))

    for number, shown in enumerate(windows, 1):
        assert len(shown.messages) == number
        assert shown.tokens == sum(estimate_tokens(one.content) + MESSAGE_TOKENS for one in shown.messages)
    assert windows[:-1] == list(growing(steps[:-1], None))
