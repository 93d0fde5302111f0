"""A figure is well-formed whatever stands in it, on a page and on its own; letters are not wider than they are said to be."""

import base64
import xml.etree.ElementTree as ET

import pytest

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import STYLE

HOSTILE = "</title><script>alert(1)</script> & \x00\x1b[2J\u202e](javascript:x) \ud800"
SVG = "{http://www.w3.org/2000/svg}"


def figure(said: str = "1 of 2") -> svg.Figure:
    return svg.Figure("What is drawn", said, 40, svg.text(0, 10, HOSTILE, full=HOSTILE) + svg.rect(0, 0, 5, 5, "red"))


def test_hostile_words_are_words_in_a_file_of_their_own() -> None:
    root = ET.fromstring(figure(HOSTILE).document())
    assert not list(root.iter(f"{SVG}script")) and len(list(root.iter(f"{SVG}text"))) == 1
    said = root.findtext(f"{SVG}desc") or ""
    assert said.startswith("</title><script>alert(1)") and not set("\x00\x1b\u202e\ud800") & set(said)


def test_the_picture_is_named_by_its_title_and_told_by_its_description() -> None:
    for text in (figure().document(), figure().inline("f")):
        root = ET.fromstring(text)
        named = (root.get("aria-labelledby") or "").split()
        assert root.get("role") == "img"
        assert [one.text for one in root if one.get("id") in named] == ["What is drawn", "1 of 2"]


def test_alone_it_has_its_own_colours_and_background_and_on_a_page_the_pages() -> None:
    alone, inline = figure().document(), figure().inline("f")
    assert STYLE in alone and 'fill="var(--card)"' in alone
    assert "<style>" not in inline and inline.startswith("<svg")


def test_a_preview_is_one_picture_whatever_is_said_in_it() -> None:
    text = figure(HOSTILE).markdown()
    alt, data = text.removeprefix("![").removesuffix(")").split("](data:image/svg+xml;base64,")
    assert alt == "What is drawn" and base64.b64decode(data).decode() == figure(HOSTILE).document()


@pytest.mark.parametrize("said", ["a", "smollm2-135m-reasoning-s0", "W" * 300, "犬" * 80, "", "i" * 90])
@pytest.mark.parametrize("width", [5, 60, 212])
def test_names_fit(said: str, width: int) -> None:
    short = svg.fitted(said, width)
    assert svg.width_of(short) <= max(width, svg.width_of("…"))
    assert short == said or "…" in short
    if svg.width_of(said) <= width:
        assert short == said


def test_what_has_no_width_is_not_drawn() -> None:
    assert svg.rect(0, 0, 0, 5, "red") == "" and 'width="1.0"' in svg.rect(0, 0, 1, 5, "red")
