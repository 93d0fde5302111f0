"""One pattern finds what the list of phrases or globs says, the longest phrase first."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.alternatives import any_glob, phrases

_WORDS = st.lists(st.text("ab .", min_size=1, max_size=4).map(str.strip).filter(bool), min_size=1, max_size=6)


@given(_WORDS, st.text("ab .", max_size=12))
def test_phrases_are_found_as_a_plain_list_with_the_longest_first_finds_them(words: list[str], text: str) -> None:
    plain = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in sorted(words, key=len, reverse=True))
    assert [one.span() for one in re.finditer(phrases(words), text)] == [one.span() for one in re.finditer(plain, text)]


def test_a_glob_is_matched_whole_and_no_glob_matches_nothing() -> None:
    assert any_glob(["Nav-*", "x"]).match("nav-bar") and not any_glob(["nav-*"]).match("subnav-bar")
    assert not any_glob([]).match("")
