"""A page of the shop becomes a document that can only be looked at, whatever it holds."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from shopcart_assets.evaluation.story import shown as module
from shopcart_assets.evaluation.story.shown import CUT, PERSON, shown
from shopcart_assets.platform.drawing.colours import looks
from tests.evaluation.story.invented import PAGE

LOOKS = looks(["a", "b"])
MARKS = {"mug.view_product": [PERSON, LOOKS["b"]], "search_input": [LOOKS["a"]], "gone": [LOOKS["a"]]}


def parse(document: str) -> Any:
    return html.document_fromstring(document)


def test_what_was_acted_on_is_marked_once_with_everybody_who_did() -> None:
    drawn = shown(PAGE, MARKS)
    tree = parse(drawn.document)
    assert drawn.ids == {"search_input": "a1", "mug.view_product": "a2"}, (
        "in the order of the page; what is gone is not there"
    )
    link = tree.get_element_by_id("a2")
    assert link.text_content() == "A mugperson2" and link.getparent().tag == "h3"
    assert PERSON.colour in link.get("style") and LOOKS["b"].colour in link.get("style")
    assert tree.get_element_by_id("a1").text_content() == "mug1"


def test_a_name_that_stands_twice_has_one_id() -> None:
    drawn = shown("<a name=x>1</a><a name=x>2</a>", {"x": [PERSON]})
    assert (
        parse(drawn.document).xpath("//@id") == ["a1"]
        and drawn.document.count("marked") == shown("", {}).document.count("marked") + 2
    )


def test_controls_look_like_controls_and_are_none() -> None:
    page = """<select name=s><option name=s.a selected>Low</option><option>High</option></select><input type=checkbox checked>
    <input type=radio><input type=submit value=Go><button aria-label="Close"></button><textarea placeholder=Why></textarea><img alt="a mug">"""
    tree = parse(shown(page, {}).document)
    assert not tree.xpath("//select | //option | //input | //button | //textarea | //img | //form | //a")
    words = tree.body.text_content()
    assert all(said in words for said in ("● Low", "○ High", "☑", "○", "Go", "Close", "Why", "[a mug]"))


HOSTILE = """<script>top.location='//evil'</script><img src=//evil/x.png onerror=alert(1) alt="<script>"><a href="javascript:alert(1)" name="x" onclick="a()"
 style="position:fixed" id=a1>y</a><iframe srcdoc="<script>"></iframe><svg onload=alert(1)><script>1</script></svg><base href=//evil><meta http-equiv=refresh
 content="0;//evil"><link rel=stylesheet href=//evil><style>@import '//evil'</style><form action=//evil><input name=q autofocus onfocus=a()></form><!-- c --><?pi?>
 <math><mtext></table><mglyph><style><img src onerror=1></style></math><object data=//evil></object><template><b onclick=1></template>&lt;script&gt;alert(2)&lt;/script&gt;"""


@pytest.mark.parametrize("page", [HOSTILE, f"<p title='{HOSTILE}'>x", f"<table>{HOSTILE}<tr>{HOSTILE}"])
def test_nothing_of_a_hostile_page_can_run_load_or_be_followed(page: str) -> None:
    document = shown(page, {"x": [PERSON], "q": [PERSON]}).document
    tree = parse(document)
    allowed = {"http-equiv", "content", "charset", "class", "id", "style"}
    assert {str(name) for node in tree.iter() for name in node.attrib} <= allowed
    assert not set(
        tree.xpath("//script | //iframe | //svg | //base | //link | //object | //embed | //a | //form | //template")
    )
    assert len(tree.xpath("//meta")) == 2 and len(tree.xpath("//style")) == 1
    assert all(re.fullmatch(r"[-a-z0-9():; ,]+", said) for said in tree.xpath("//@style"))


def escaped_only(document: str) -> None:
    assert not re.search(r"[#%\r\n]", document), "it stands in an address as it is"
    ours = shown("", {}).document.count("<")
    assert document.count("<") - ours == len(
        re.findall(r"</?(?:[a-z]+[0-6]?)(?: class=\"[a-z ]*\")?>", document[len(module._HEAD) :])
    )


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            ["<p>", "</div>", "<a name=x>", "<b", "<!--", "]]>", "<td>", "&#0;", "#%", "\ud800", "<x:y>", " z "]
        )
    ).map("".join)
)
def test_of_any_text_a_document_comes_that_holds_only_our_markup(page: str) -> None:
    escaped_only(shown(page, {}).document)


def test_a_page_that_goes_deep_is_walked_without_recursion() -> None:
    assert "the bottom" in shown("<div>" * 200 + "the bottom", {}).document
    shown("<span>" * 50_000, {})


def test_a_page_that_is_too_long_for_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 5_000)
    document = shown("<div><p>ä</p>" * 2_000, {}).document
    assert document.endswith(f"<p><em>{CUT}</em>") and len(document) < 5_500
    assert CUT in shown("x" * 9_000, {}).document and CUT not in shown("x" * 900, {}).document
