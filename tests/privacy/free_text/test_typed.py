"""Names in what people type, mostly in small letters. The people are made up."""

import pytest

from shopcart_assets.privacy.free_text.typed import find_typed_people


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("wedding gift for Latoya Brown", ["Latoya Brown"]),
        ("wedding gift for latoya brown", ["latoya brown"]),
        ("mug for Javier García López", ["Javier García López"]),
        ("birthday card for my friend Nuria", ["Nuria"]),
        ("gift for marieke van den berg", ["marieke van den berg"]),
        ("gift for nuria pascual gil", ["nuria pascual gil"]),
        ("gift for latoya brown blue", ["latoya brown"]),
        ("book by stephen king", []),
        ("gift for harry potter fan", []),
        ("case for samsung galaxy s9", []),
        ("cover for ford mustang", []),
        ("sheets for queen bed", []),
        ("cable for blu ray player", []),
        ("dress for baby girl", []),
        ("charger for dell inspiron", []),
    ],
)
def test_a_search_names_people_in_lower_case_too(text: str, names: list[str]) -> None:
    assert [span.value for span in find_typed_people(text)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("can my flatmate fatima collect it for me on friday?", ["fatima"]),
        ("can my flatmate oona van der berg collect it for me", ["oona van der berg"]),
        ("i was on chat with an agent called niccolò ferrari", ["niccolò ferrari"]),
        ("happy 40th wolfgang!! see you sunday", ["wolfgang"]),
        ("hi this is siobhán, my order is missing", ["siobhán"]),
        ("I think that Brandon was on the phone with me", ["Brandon"]),
        ("i want a frida kahlo poster for my room", []),
        ("my rose bush will not stand the summer", []),
        ("please send me a grey sofa for my den", []),
    ],
)
def test_a_message_names_people_without_a_cue(text: str, names: list[str]) -> None:
    assert [span.value for span in find_typed_people(text)] == names


def test_a_finding_names_its_detector() -> None:
    assert find_typed_people("gift for latoya brown")[0].detector == "people:typed"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("happy birthday rose!! hope you like it, see you sunday", ["rose"]),
        ("happy birthday darling!! hope you like it, see you sunday", []),
        ("hello there! can you help me with this", []),
        ("is siobhán working on saturday? i want to thank her", ["siobhán"]),
        ("pregunte por ximena el lunes por favor, yo estoy fuera", ["ximena"]),
    ],
)
def test_a_message_is_read_by_what_stands_around_words(text: str, names: list[str]) -> None:
    assert [span.value for span in find_typed_people(text)] == names
