"""A story for a terminal and for Markdown: nothing that a page or a model says becomes markup, and nothing is lost."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.story.text import PREVIEW_STEPS, as_markdown, as_text
from shopcart_assets.evaluation.story.told import Step, Story, tell
from tests.evaluation.story.invented import frames

HOSTILE = "\x1b[2J<script>alert(1)</script> [link](javascript:x) ![p](http://x/y.png) `code` | * _a_ \u202egnp\n# head"


def story(**said: str) -> Story:
    return tell("session-7", "purchase", frames(**said))


def test_lines_for_a_terminal() -> None:
    text = as_text(story(), lambda part, call: f"<{call}>{part}</>")
    assert text.splitlines()[0] == "session session-7: 3 steps, ended with purchase; 2 policies"
    assert "     person: click mug.view_product" in text
    assert "     <right>✓ a</>  click mug.view_product" in text
    assert "     <wrong>✗ b</>  I would rather not<wrong> (illegal: no json)</>" in text
    assert "“I want a mug.”" in text
    assert text.splitlines()[-1] == "right: a 1/2, b 0/2"


def test_a_session_that_nobody_was_judged_on_is_told_all_the_same() -> None:
    alone = Story("s", "terminate", (Step(1, "Mugs", "terminate", ()),), ())
    assert "no policy has been judged on it" in as_text(alone)
    assert "Mugs" in as_text(alone)


@pytest.mark.parametrize("place", ["title", "output", "rationale"])
def test_hostile_text_stays_text(place: str) -> None:
    told = story(**{place: HOSTILE})
    text, markdown = as_text(told), as_markdown(told)
    assert "\x1b" not in text + markdown and "\u202e" not in text + markdown
    ours = re.sub(r"&#\d+;", "", markdown)
    assert not re.search(r"[<>\[\]`|_(){}\\]", ours) and "http:" not in ours


def test_no_bare_address_can_become_a_link() -> None:
    """The UI's Markdown makes links of bare addresses, also of those that are written with character references."""
    said = "see HTTPS://evil.example/x or WWW.evil.example, ask me@evil.example"
    shown = unescape(as_markdown(story(title=said)))
    assert "evil.example/x" in shown and not re.search(r"https?://|www\.|\w@\w", shown, re.IGNORECASE)


@given(st.text())
def test_markdown_of_any_text_has_no_markup_but_ours(said: str) -> None:
    for line in as_markdown(story(title=said, output=said, rationale=said)).split("\n"):
        bare = re.sub(r"^(- (person: )?|\*\*\d+\. )|\*\*$|&#\d+;", "", line)
        assert not re.search(r"[][<>`|(){}\\_!#&~:/.]", bare), line


def test_a_preview_holds_no_id_no_numbered_pseudonym_and_not_every_step_of_a_long_session() -> None:
    shown = as_markdown(story(title="Hello [NAME_7F3A]"))
    assert "session-7" not in shown and "7F3A" not in shown and "Hello &#91;NAME&#93;" in shown
    steps = tuple(Step(number, "Mugs", "terminate", ()) for number in range(1, PREVIEW_STEPS + 6))
    long = as_markdown(Story("s", "terminate", steps, ()))
    assert long.endswith("*5 more steps are in the file.*") and long.count("**person") == 0
    assert long.count("- person: ") == PREVIEW_STEPS
