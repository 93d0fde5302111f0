"""From bytes to a tree: charsets, limits, reasons."""

import pytest

from shopcart_assets.privacy.parsing import UnreadablePage, decode_bytes, parse


@pytest.mark.parametrize(
    "html",
    [
        "<meta charset=windows-1252><p>Kärcher".encode("cp1252"),
        "<meta charset='iso-8859-1'><p>Kärcher".encode("cp1252"),
        "<meta http-equiv=Content-Type content='text/html; charset=utf-8'><p>Kärcher".encode(),
        "<?xml version='1.0' encoding='utf-8'?><p>Kärcher".encode(),
        "<meta charset=nonsense><p>Kärcher".encode(),
        "<meta charset=hex><p>Kärcher".encode(),
        *(
            f"<meta charset={codec}><p>Kärcher".encode("cp1252")
            for codec in ("undefined", "idna", "punycode", "utf-32")
        ),
        "<meta charset=utf-16><p>Kärcher".encode(),
        "<p>Kärcher".encode(),
        "<p>Kärcher".encode("cp1252"),
        "\ufeff<p>Kärcher".encode(),
        "\ufeff<p>Kärcher".encode("utf-16-le"),
        "\ufeff<p>Kärcher".encode("utf-16-be"),
        "\n<p>Kärcher".encode("utf-16-le"),
        "<p>Kärcher".encode("utf-16-be"),
        # A browser's tree, written down as UTF-8 with the meta that came with the page.
        "<meta charset=windows-1252><p>Kärcher".encode(),
        "<meta charset=gb2312><p>Kärcher".encode(),
        "<meta charset=shift_jis><p>Kärcher<p>日本".encode("shift_jis", "xmlcharrefreplace"),
    ],
)
def test_a_page_is_read_in_its_charset(html: bytes) -> None:
    assert decode_bytes(html).partition("<p>")[2].startswith(("Kärcher", "K&#228;rcher"))
    assert parse(html).xpath("string(//p)") == "Kärcher"


def test_a_charset_has_all_letters_that_browsers_read_in_it() -> None:
    assert decode_bytes("<meta charset=gb2312><p>紅鎔".encode("gbk")).endswith("紅鎔")
    assert decode_bytes("<meta charset=shift_jis><p>①高髙".encode("cp932")).endswith("①高髙")
    assert decode_bytes(b"<meta charset=unicode_escape><p>\\x41").endswith("\\x41")


def test_an_unreadable_page_says_why_and_quotes_nothing() -> None:
    with pytest.raises(UnreadablePage, match=r"^the page is unreadable: too_deep$") as caught:
        parse(b"<p>Ann Lee" + b"<div>" * 3000)
    assert caught.value.reason == "too_deep"
