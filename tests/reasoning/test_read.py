import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.json_text import ParseMode
from shopcart_assets.reasoning.prompt import answer
from shopcart_assets.reasoning.read import Rationale, read

ONE = answer([(1, "I need a mug.")])
TWO = answer([(1, "I need a mug."), (2, "I leave it.")])


def defects(text: str, steps: int = 2, stop_reason: str = "end_turn") -> list[str | None]:
    return [one.defect for one in read(text, stop_reason, range(1, steps + 1), "json", {"header.cart"}).values()]


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (TWO, "strict"),
        (f"<think>{{}} hm</think>\n{TWO}", "think_stripped"),
        (f"Here:\n```json\n{TWO}\n```", "fenced"),
        (f"Here it is: {TWO} Good luck!", "embedded"),
        (json.dumps(json.loads(TWO)["rationales"]), "embedded"),
        (json.dumps({"output": json.loads(TWO)["rationales"][::-1]}), "strict"),
    ],
)
def test_rationales_are_found_whatever_stands_around_them(text: str, mode: ParseMode) -> None:
    assert read(text, "end_turn", [1, 2], "json") == {
        1: Rationale("I need a mug.", None, mode),
        2: Rationale("I leave it.", None, mode),
    }


@pytest.mark.parametrize(
    ("text", "stop_reason", "expected"),
    [
        (TWO, "refusal", ["refusal", "refusal"]),
        ("", "prompt_too_long", ["prompt_too_long", "prompt_too_long"]),
        (TWO[:50], "max_tokens", ["truncated", "truncated"]),
        ("", "max_tokens", ["truncated", "truncated"]),
        (" \n", "end_turn", ["empty", "empty"]),
        ("I need a mug.", "end_turn", ["no_json", "no_json"]),
        (TWO.replace("}]", "},]"), "end_turn", ["no_json", "no_json"]),
        (ONE, "end_turn", [None, "missing_step"]),
        (answer([(0, "I need a mug."), (1, "I leave it.")]), "end_turn", ["wrong_steps", "wrong_steps"]),
        (answer([(1, "I a."), (2, "I b."), (3, "I c.")]), "end_turn", ["wrong_steps", "wrong_steps"]),
        (answer([(1, "I a."), (1, "I b."), (2, "I c.")]), "end_turn", ["schema", None]),
        (ONE + ONE, "end_turn", ["schema", "schema"]),
        ('{"rationales": "I want it."}', "end_turn", ["schema", "schema"]),
        ('{"rationales": [{"step": "1", "rationale": "I a."}]}', "end_turn", ["schema", "schema"]),
        ('{"rationales": [{"step": true, "rationale": "I a."}]}', "end_turn", ["schema", "schema"]),
        ('{"rationales": [{"step": 1, "rationale": "I a.", "x": 1}]}', "end_turn", ["schema", "schema"]),
        ('{"rationales": [{"step": 1, "rationale": ["I a."]}]}', "end_turn", ["schema", "missing_step"]),
        ('{"rationales": [{"step": 1, "rationale": "I \\ud800."}]}', "end_turn", ["schema", "missing_step"]),
        ('{"rationales": []}', "end_turn", ["missing_step", "missing_step"]),
    ],
)
def test_an_answer_is_read_in_a_fixed_order(text: str, stop_reason: str, expected: list[str | None]) -> None:
    assert defects(text, stop_reason=stop_reason) == expected


def test_one_bad_rationale_costs_one_step_only() -> None:
    said = ["I need a mug.", "The user leaves.", "I click header.cart.", "<b>I</b>", "I", "I go."]
    found = defects(answer(list(enumerate(said, 1))), len(said))

    assert found == [None, "speaks_of_user", "has_element_name", "has_markup", None, None]


def test_of_one_action_only_its_own_step_counts() -> None:
    assert read(answer([(3, "I want it.")]), "end_turn", [3], "json")[3].text == "I want it."
    assert read(ONE, "end_turn", [3], "json")[3].defect == "wrong_steps"


@pytest.mark.parametrize(
    ("text", "stop_reason", "expected"),
    [
        ("  I want it for $9.99, 4.5 stars!  Then I leave.", "end_turn", ("I want it for $9.99, 4.5 stars!", None)),
        ('**Rationale:** "I need a mug."\n\nLet me explain.', "end_turn", ("I need a mug.", None)),
        ("I want it. And then I", "max_tokens", ("I want it.", None)),
        ("I want it", "end_turn", ("I want it", None)),
        ("I want the red", "max_tokens", ("", "truncated")),
        ('"..."', "max_tokens", ("", "empty")),
        ("```json\nI want it.\n```", "end_turn", ("", "has_markup")),
        ("I want it. <script>", "end_turn", ("", "has_markup")),
        ("The user wants a mug. I agree.", "end_turn", ("", "speaks_of_user")),
    ],
)
def test_of_a_sentence_the_first_counts(text: str, stop_reason: str, expected: tuple[str, str | None]) -> None:
    rationale = read(text, stop_reason, [7], "sentence")[7]

    assert (rationale.text, rationale.defect) == expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 4) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["step", "rationale", "rationales", "x"]), inner),
)


@given(
    st.text() | _JSON.map(json.dumps) | st.text().map(lambda text: TWO + text),
    st.sampled_from(["end_turn", "max_tokens", "refusal", "stop_sequence"]),
    st.sampled_from(["sentence", "json"]),
)
def test_every_step_has_a_text_or_a_defect_whatever_a_model_says(text: str, stop_reason: str, output: str) -> None:
    found = read(text, stop_reason, [1, 2], "json" if output == "json" else "sentence")

    assert list(found) == [1, 2]
    assert all(bool(one.text) != bool(one.defect) for one in found.values())
