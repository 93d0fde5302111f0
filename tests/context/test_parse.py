from typing import Any

import pytest
from lxml import etree

from shopcart_assets.context.parse import DOCUMENT, PageError, body_of, parse, title_of


def test_undeclared_utf_8_and_a_declared_charset_are_both_read() -> None:
    assert title_of(parse("<title>Kärcher</title>".encode())) == "Kärcher"
    assert title_of(parse("<meta charset=latin-1><title>Kärcher</title>".encode("latin-1"))) == "Kärcher"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (b"\0" * 50, "empty"),
        ("<!-- <p>nothing</p> -->", "empty"),
        ("<!DOCTYPE html>", "no_markup"),
        (bytes(range(60)) * 9, "no_markup"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(255, 60, -1)), "no_markup"),
        ("just words", "no_markup"),
    ],
)
def test_what_is_no_page_is_refused_in_one_line_with_a_reason(page: str | bytes, reason: str) -> None:
    with pytest.raises(PageError, match=r"^the page [^\n]+$") as caught:
        parse(page)
    assert caught.value.reason == reason and caught.value.__context__ is None


def test_a_page_that_the_parser_gives_up_is_not_taken_for_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(**options: Any) -> etree.HTMLParser:
        return whole(**options | {"huge_tree": False})

    whole = etree.HTMLParser
    monkeypatch.setattr(etree, "HTMLParser", strict)
    with pytest.raises(PageError) as caught:
        parse("<p>" + "x" * 11_000_000 + "</p><a href=/x>end</a>")
    assert caught.value.reason == "cut_short"


def test_a_title_is_cut() -> None:
    assert title_of(parse(f"<title>{'word ' * 1_000}</title>")) == ("word " * 60).strip()


END = b"<a href=/end>end</a>"
XHTML = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="de" xmlns:og="http://ogp.me/ns#">
<head><script><![CDATA[ "<a href=/no>no</a>" ]]></script></head><body><og:x>K\u00e4rcher<br/></og:x><a href="/end">end</a></body></html>"""


@pytest.mark.parametrize(
    "page",
    [
        b"<p>K\xc3\xa4rcher" + END + "<p>ü ö ß ä ü ö ß ä ü ö ß</p>".encode()[:-5],  # cut off in a letter
        "<p>Kärcher".encode("utf-16-le") + END.decode().encode("utf-16-le"),
        "\ufeff<p>Kärcher".encode("utf-16-be") + END.decode().encode("utf-16-be") + b"<",  # half a letter
        "<p>Kärcher".encode("utf-32") + END.decode().encode("utf-32-le"),
        XHTML.encode(),
        XHTML.replace('"utf-8"', '"utf-16"').encode("utf-16"),
        b"<p>K&auml;rcher\0</p>" + END + b"<p cl\0ass=x\0>\0<a hre",  # cut off in a tag
        b"<p>K&auml;rcher</p>" + END + b"<script>var x = '<a href=/no>no</a>'",
        b"<p>K&auml;rcher</p>" + END + b"<!-- <a href=/no>no</a>",
        b"<title>" + b"x" * 20_000_000 + b"</title><p>K&auml;rcher" + END,
        b"<i title='" + b"x" * 20_000_000 + b"'></i><p>K&auml;rcher" + END,
    ],
    ids=lambda page: page[:30].decode("ascii", "replace"),
)
def test_odd_pages_are_read_whole(page: bytes) -> None:
    root = parse(page)
    assert [link.get("href") for link in root.iter("a") if link.get("href")] == ["/end"]
    assert "Kärcher" in "".join(map(str, root.itertext()))


def test_a_page_deeper_than_libxml2_reads_is_refused_not_cut() -> None:
    with pytest.raises(PageError, match="nests deeper"):
        parse("<div>" * 3_000 + "<a href=/x>end</a>")
    assert parse("<div>" * 2_000 + "<a href=/x>end</a>").find(".//a") is not None


def test_text_of_more_than_ten_megabytes_is_read_whole() -> None:
    root = parse("<p>" + "x" * 11_000_000 + "</p><a href=/x>end</a>")
    assert root.find(".//a") is not None


def test_what_stands_behind_a_stray_end_of_the_page_is_not_lost() -> None:
    root = parse(
        "<html><head><title>t</title></head><body><p>1</p></body></html>\n<!-- x --><html><main><a href=/x>2</a></main></html>"
    )
    assert body_of(root).find(".//a") is not None and title_of(root) == "t"
    if root.tag == DOCUMENT:
        assert len(root) == 2


def test_the_title_of_an_icon_is_not_the_page_s() -> None:
    assert title_of(parse("<svg><title>cart</title></svg><p>x</p>")) == ""
