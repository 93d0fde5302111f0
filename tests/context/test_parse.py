import pytest

from shopcart_assets.context.parse import DOCUMENT, PageError, body_of, parse, title_of


def test_undeclared_utf_8_and_a_declared_charset_are_both_read() -> None:
    assert title_of(parse("<title>Kärcher</title>".encode())) == "Kärcher"
    assert title_of(parse("<meta charset=latin-1><title>Kärcher</title>".encode("latin-1"))) == "Kärcher"


@pytest.mark.parametrize("page", ["", "  ", b"", "<!-- nothing -->"])
def test_an_empty_page_is_refused_in_one_line(page: str | bytes) -> None:
    with pytest.raises(PageError, match="empty"):
        parse(page)


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
