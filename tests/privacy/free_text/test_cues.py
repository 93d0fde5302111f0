"""Where a name may begin, by what stands before it."""

import pytest

from shopcart_assets.privacy.free_text.cues import load_cues


@pytest.mark.parametrize(
    ("before", "group"),
    [
        ("for my wife", "person"),
        ("Photo shared by", "person"),
        ("Received at the door by", "signed"),
        ("meine kleine Schwester", "relation"),
        ("my best friend named", "relation"),
        ("ask Mrs.", "title"),
        ("please ask for", "one"),
        ("Love,", "one"),
        ("feliz cumpleaños,", "one"),
        ("Answered by", "signed"),
        ("Video uploaded by", "signed"),
        ("Frage von", "signed"),
        ("Recipient:", "two"),
        ("To", "opening"),
    ],
)
def test_a_cue_says_what_it_wants_behind_it(before: str, group: str) -> None:
    words = [*before.split(), "Ann"]
    cue = load_cues().before(words, len(words) - 1)
    assert cue is not None and cue.group == group and cue.words[-1] in load_cues().last_words


@pytest.mark.parametrize(
    "before",
    ["the wife", "made by", "I love", "Answered. By", "a sister of the", "for my wife and", "I like it. Thanks."],
)
def test_what_is_not_quite_a_cue_is_none(before: str) -> None:
    words = [*before.split(), "Ann"]
    assert load_cues().before(words, len(words) - 1) is None


def test_lists_are_in_lower_case_and_brands_are_whole_names() -> None:
    cues = load_cues()
    assert all(word == word.lower() for field in type(cues).model_fields for word in getattr(cues, field))
    assert all(
        cues.is_famous(name.split())
        for name in ("Ralph Lauren", "CALVIN KLEIN", "Harry Potter", "Dr. Martens", "Stephen King Books")
    )
    assert not cues.is_famous(["Calvin"]) and not cues.is_famous(["Ralph", "Brown"])
