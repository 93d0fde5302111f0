"""A session's page and the index: they need nothing else, say everything, and nothing that a page or a model says is markup."""

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from lxml import html

from shopcart_assets.evaluation.story.page import index_page, line, scene, session_page
from shopcart_assets.evaluation.story.told import KINDS, Step, Story, tell
from shopcart_assets.platform.drawing.colours import HUMAN, looks
from tests.evaluation.story.invented import frames

HOSTILE = (
    "\x1b[2J<script>alert(1)</script> \"'><img src=x onerror=alert(1)> {{ 7 * 7 }} </script></style> \u202egnp #a %41"
)
LOOK = looks(["a", "b"])


def story(**said: str) -> Story:
    return tell("session-7", "purchase", frames(**said))


def parse(page: str) -> Any:
    return html.document_fromstring(page)


def policy_of(tree: Any) -> str:
    return str(tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0])


def index_of(*stories: Story, n_tests: int = 9, n_sample: int = 5) -> str:
    lines = [line(one, "sample", f"sessions/{number}.html") for number, one in enumerate(stories)]
    return index_page(lines, LOOK, n_tests=n_tests, n_sample=n_sample)


def test_a_page_has_each_step_the_persons_action_and_each_answer_with_who_gave_it() -> None:
    tree = parse(session_page(story(), LOOK, "../story.html"))
    first, second, third = tree.xpath("//section")
    assert "No page was recorded" in first.text_content() and not first.xpath(".//iframe")
    assert [item.text_content().split() for item in second.xpath(".//ol/li")] == [
        [
            "✓",
            "correct:",
            "click",
            "mug.view_product",
            "show",
            "on",
            "the",
            "page",
            "1",
            "a:",
            "I",
            "want",
            "a",
            "mug.",
        ],
        ["✗", "illegal:", "no", "json:", "I", "would", "rather", "not", "2", "b"],
    ]
    assert "did not click: terminate" in third.text_content() and "· no answer" in third.text_content()
    assert "not on the page as models saw it" in third.text_content()
    assert HUMAN in tree.xpath("//li[starts-with(., 'person')]/span/@style")[0]
    assert tree.xpath("//nav/a/@href") == ["#step-1", "#step-2", "#step-3"]
    assert tree.xpath("//a[text()='All sessions']/@href") == ["../story.html"]
    assert not parse(session_page(story(), LOOK)).xpath("//a[text()='All sessions']")


def test_a_frame_runs_nothing_and_opens_at_what_the_person_acted_on() -> None:
    frame, _ = parse(session_page(story(), LOOK)).xpath("//iframe")
    address, place = frame.get("src").split("#")
    assert (
        frame.get("sandbox") == ""
        and frame.get("title")
        and address.startswith("data:text/html;charset=utf-8,<!doctype")
    )
    marked = parse(address.partition(",")[2]).get_element_by_id(place)
    assert marked.text_content() == "A mugperson1"


def test_answers_that_are_the_same_stand_together_and_what_is_right_stands_first() -> None:
    step = story().steps[1]
    right, wrong = step.guesses
    both = Step(2, "Mugs", step.human, (wrong, right, right), step.target, step.page)
    assert [(one.call, len(one.guesses)) for one in scene(both, LOOK).answers] == [("right", 2), ("wrong", 1)]


@pytest.mark.parametrize("place", ["title", "output", "rationale", "page"])
def test_hostile_text_stays_text(place: str) -> None:
    page = session_page(story(**{place: HOSTILE}), LOOK)
    tree = parse(page)
    assert "\x1b" not in page and "\u202e" not in page and "49" not in tree.xpath("//body")[0].text_content()
    (script,) = tree.xpath("//script")
    assert script.text.startswith('\n"use strict"') or script.text.startswith('"use strict"')
    assert not tree.xpath("//img | //main//a[not(starts-with(@href, '#'))]")
    assert not [
        name for node in tree.iter() if isinstance(node.tag, str) for name in node.attrib if name.startswith("on")
    ]
    assert place == "page" or "<script>alert(1)</script>" in tree.text_content(), "and is there, word for word"


def test_hostile_names_of_sessions_and_policies_stay_text() -> None:
    told = story()
    odd = Story('<b>"&</b>', told.outcome, told.steps, told.policies)
    assert not parse(index_of(odd)).xpath("//b") and not parse(session_page(odd, LOOK)).xpath("//h1//b")
    named = parse(index_page([line(odd, "sample", "x.html")], looks(['a&kind=<i>"', "b"]), n_tests=1, n_sample=1))
    assert not named.xpath("//i")
    assert parse_qs(named.xpath("//tr[@data-policy]//a/@href")[0][1:]) == {"policy": ['a&kind=<i>"'], "kind": ["wrong"]}


@pytest.mark.parametrize("page", [session_page(story(), LOOK), index_of(story())], ids=["session", "index"])
def test_a_page_needs_nothing_else_and_lets_only_its_own_script_run(page: str) -> None:
    tree = parse(page)
    bare = re.sub(r"data:text/html[^\"]*", "", page)
    assert not re.search(r"url\(|@import|https?:|//[a-z]", bare.split("<script>")[0])
    assert not tree.xpath("//link | //script/@src | //img")
    digest = base64.b64encode(hashlib.sha256(tree.xpath("//script")[0].text.encode()).digest()).decode()
    said = policy_of(tree)
    assert (
        said.startswith("default-src 'none'") and f"script-src 'sha256-{digest}'" in said and "base-uri 'none'" in said
    )
    assert not tree.xpath("//main//*[@tabindex > 0]") and tree.xpath("//html/@lang") == ["en"]
    assert len(tree.xpath("//@id")) == len(set(tree.xpath("//@id")))


def test_equal_stories_give_equal_bytes() -> None:
    assert session_page(story(), LOOK) == session_page(story(), LOOK) and index_of(story()) == index_of(story())


def test_the_index_counts_what_it_links_to() -> None:
    tree = parse(index_of(story(), story()))
    kinds = json.loads(tree.get_element_by_id("lines").get("data-kinds"))
    assert kinds == list(KINDS)
    said = tree.xpath("//@data-said")
    assert len(said) == 4 and {len(digits) for digits in said} == {2}
    for place, row in enumerate(tree.xpath("//tr[@data-policy]")):
        counts = [int(cell.text_content()) for cell in row.xpath("td")]
        assert (
            counts == [sum(kinds[int(digits[place])] == kind for digits in said) for kind in kinds] and sum(counts) == 4
        )
    assert tree.xpath("//a[@data-said]/@href")[:2] == ["sessions/0.html#step-2", "sessions/0.html#step-3"]
    assert "2 of 9 test sessions are told here: a random sample of 5" in " ".join(tree.text_content().split())


def test_without_sessions_or_policies_the_index_says_so() -> None:
    assert "There are no test sessions yet" in parse(index_of()).text_content()
    alone = Story("s", "terminate", (Step(1, "Mugs", "terminate", ()), Step(2, "Mugs", "terminate", ())), ())
    tree = parse(index_page([line(alone, "sample", "x.html")], {}, n_tests=1, n_sample=1))
    assert "all of them" in tree.text_content() and not tree.xpath("//form")
    assert "no policy has been judged on it" in parse(session_page(alone, {})).text_content()
