"""Which days are asked for: new, changed and equal deliveries, neighbours, runs under way, consent."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.arrivals import State, ask_again, consent_content, decide
from shopcart_assets.traffic.watch import CONSENT, File, Folder, Seen

DAYS = [f"2026-10-0{n}" for n in range(1, 10)]
D1, D2, D3, D4, D5, *_ = DAYS
ARRIVING = Folder(files={"events.jsonl": File(version=(0, 1))}, content="old")


def _whole(text: str) -> Folder:
    """A folder that is known by its text."""
    folder = Folder(files={"events.jsonl": File(version=(0, len(text)), n_hashed=len(text), digest=text)})
    return folder.model_copy(update={"content": folder.hash_files()})


def _drop(texts: Mapping[str, str], consent: str = "c", more: Mapping[str, Folder] = {}) -> Seen:
    return {"/drop": {CONSENT: _whole(consent), **{day: _whole(text) for day, text in texts.items()}, **more}}


def _decide(
    state: State, seen: Seen, running: Mapping[str, str] | None = None
) -> tuple[State, dict[str, str], list[str]]:
    decisions = decide(state.model_copy(update={"seen": seen}), DAYS, running or {})
    return decisions.state, {ask.day: ask.because for ask in decisions.asks}, decisions.waiting


def test_a_new_day_is_asked_for_once_with_its_built_neighbours() -> None:
    state, asks, _ = _decide(State(), _drop({D1: "one", D2: "two"}))
    assert asks == {D1: "it arrived", D2: "it arrived"}
    assert _decide(state, _drop({D1: "one", D2: "two"}))[1] == {}
    state, asks, _ = _decide(state, _drop({D1: "one", D2: "two", D3: "three"}))
    assert asks == {D2: "a neighbour arrived or changed", D3: "it arrived"}
    assert State.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


def test_a_changed_day_asks_for_exactly_the_days_whose_window_holds_it() -> None:
    texts = {day: day for day in DAYS}
    state, asks, _ = _decide(State(), _drop(texts))
    assert sorted(asks) == DAYS
    _, asks, _ = _decide(state, _drop(texts | {D4: "other"}))
    assert asks == {day: "it changed" if day == D4 else "a neighbour arrived or changed" for day in DAYS[2:6]}


def test_content_that_comes_back_is_asked_for_again_under_another_key() -> None:
    seen = [_drop({D1: text}) for text in ("a", "b", "a")]
    state, keys = State(), list[str]()
    for one in seen:
        decisions = decide(state.model_copy(update={"seen": one}), DAYS, {})
        state, keys = decisions.state, [*keys, *(ask.key for ask in decisions.asks)]
    assert len(set(keys)) == 3
    again = decide(State(seen=seen[0]), DAYS, {})
    assert [ask.key for ask in again.asks] == keys[:1], "the same question after the state was lost has the same key"


def test_a_day_waits_for_what_is_arriving_in_its_window_and_for_consent() -> None:
    seen = _drop({D1: "1", D2: "2", D3: "3", D5: "5"}, more={D4: ARRIVING})
    state, asks, waiting = _decide(State(), seen)
    assert sorted(asks) == [D1, D2]
    assert waiting == [f"{day}: {D4} is still arriving" for day in (D3, D4, D5)]
    _, asks, waiting = _decide(State(), _drop({D1: "1"}, more={CONSENT: ARRIVING}))
    assert asks == {} and waiting == [f"{D1}: consent is still arriving"]
    assert sorted(_decide(state, _drop({D1: "1", D2: "2", D3: "3", D4: "4", D5: "5"}))[1]) == [D3, D4, D5]


def test_a_day_under_way_and_a_day_that_cannot_be_built_wait() -> None:
    seen = _drop({D1: "1", "2019-01-01": "old"})
    state, asks, waiting = _decide(State(), seen, {D1: "abc"})
    assert asks == {}
    assert waiting == ["2019-01-01: not a day that can be built", f"{D1}: run abc is under way"]
    assert _decide(state, seen)[1] == {D1: "it arrived"}


def test_many_days_are_asked_for_over_several_looks() -> None:
    state = State(seen=_drop({day: day for day in DAYS}))
    asked = list[str]()
    for n_asked in (4, 4, 1, 0):
        decisions = decide(state, DAYS, {}, most_asks=4)
        assert len(decisions.asks) == n_asked
        state, asked = decisions.state, [*asked, *(ask.day for ask in decisions.asks)]
    assert asked == DAYS


def test_what_is_taken_out_asks_for_nothing_and_its_equal_elsewhere_neither() -> None:
    texts = {D1: "1", D2: "2", D3: "3"}
    state, _, _ = _decide(State(), _drop(texts))
    gone = _whole("1").model_copy(update={"files": {}})
    without = _drop({D2: "2", D3: "3"}, more={D1: gone})
    state, asks, _ = _decide(state, without)
    assert asks == {}
    elsewhere = {**without, "/other": {D1: _whole("1")}}
    assert _decide(state, elsewhere)[1] == {}
    doubled = {**_drop(texts), "/other": {D1: _whole("1")}}
    assert sorted(_decide(state, doubled)[1]) == [D1, D2, D3], "the same day from two drops is not the day from one"


def test_days_can_be_asked_for_again_for_the_sake_of_consent() -> None:
    seen = _drop({D1: "1", D3: "3"})
    state, _, _ = _decide(State(), seen)
    again = ask_again(state, [D1, "2026-10-09"], "v1")
    assert _decide(again, seen, {D1: "abc"})[1] == {}
    state, asks, _ = _decide(again, seen)
    assert asks == {D1: "consent changed"}
    assert _decide(ask_again(state, [D1], "v1"), seen)[1] == {}, "once for a version, whatever comes of it"
    assert _decide(ask_again(state, [D1], "v2"), seen)[1] == {D1: "consent changed"}


def test_a_day_whose_consent_changed_after_it_was_taken_out_is_told() -> None:
    state, _, _ = _decide(State(), _drop({D1: "1"}))
    _, asks, waiting = _decide(ask_again(state, [D1], "v1"), _drop({}))
    assert asks == {} and waiting == [f"{D1}: consent changed, but no drop has the day any more: deliver it again"]


def test_consent_has_no_content_while_it_is_arriving() -> None:
    first = _drop({D1: "1"})
    assert consent_content(first) == consent_content(_drop({D2: "2"})) != consent_content(_drop({D1: "1"}, consent="d"))
    assert consent_content({**first, "/other": {CONSENT: ARRIVING}}) == ""


_CONTENTS = st.dictionaries(st.sampled_from(DAYS), st.sampled_from("ab"), min_size=1)


@given(st.lists(_CONTENTS, min_size=1, max_size=6))
def test_in_the_end_every_day_was_last_asked_for_with_the_window_that_is_there(
    deliveries: list[dict[str, str]],
) -> None:
    """Whatever comes in whatever order: no day is left behind, none is asked for twice with the same window in a row."""
    state, held, built = State(), dict[str, str](), dict[str, tuple[str | None, ...]]()
    for delivery in deliveries:
        held |= delivery
        state, asks, _ = _decide(state, _drop(held))
        windows = {
            day: tuple(held.get(DAYS[i]) if 0 <= i < len(DAYS) else None for i in range(at - 2, at + 2))
            for at, day in enumerate(DAYS)
            if day in held
        }
        assert set(asks) == {day for day, window in windows.items() if built.get(day) != window}
        built |= {day: windows[day] for day in asks}
