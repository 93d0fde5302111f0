from pathlib import Path

import pytest

from shopcart_assets.platform.actions import Click, Terminate
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.think_aloud import ExamplesError, Said, load_examples

GOOD = """
journeys:
  - - title: mugs
      context: <a name="red_mug.view">Red mug</a>
      action: {type: click, name: red_mug.view}
      rationale: I like the red one.
    - context: sold out
      action: {type: terminate}
      rationale: I leave.
"""


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GOOD)
    examples = load_examples(str(file))

    assert examples.journeys == (
        (
            Said(Step(Click("red_mug.view"), "mugs", '<a name="red_mug.view">Red mug</a>'), "I like the red one."),
            Said(Step(Terminate(), "", "sold out"), "I leave."),
        ),
    )
    assert not examples.is_made_up


def test_those_that_come_along_say_that_they_are_made_up() -> None:
    assert load_examples(None).is_made_up
    assert "nobody's real words" in load_examples(None).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "not YAML"),
        ("", "file: "),
        ("journeys: []", "journeys: "),
        ("journeys: [[]]", "a journey without steps"),
        (GOOD + "extra: 1", "extra: "),
        (GOOD.replace("rationale: I leave.", ""), "journeys.0.1.rationale: Field required"),
        (GOOD.replace("I leave.", "The user leaves."), "journey 1 step 2: its rationale would be rejected"),
        (GOOD.replace("I like the red one.", "I click red_mug.view."), "(has_element_name)"),
        (GOOD.replace("type: terminate", "type: buy"), "journey 1 step 2: "),
        (GOOD.replace("name: red_mug.view", "nam: red_mug.view"), "an action has no nam"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(ExamplesError) as error:
        load_examples(str(file))

    assert said in str(error.value) and str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="cannot be read"):
        load_examples(str(tmp_path / "none.yaml"))
