"""Three actions, one JSON form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, from_fields, from_json, to_json

ACTIONS = st.one_of(st.builds(Click, st.text()), st.builds(TypeAndSubmit, st.text(), st.text()), st.just(Terminate()))


@given(ACTIONS)
def test_json_is_read_back(action: Action) -> None:
    assert from_json(to_json(action)) == action


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("click", None), "needs a name"),
        (("type_and_submit", "q", None), "needs a text"),
        (("hover", "a"), "unknown action type 'hover'"),
    ],
)
def test_what_is_no_action_is_said(fields: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_fields(*fields)
