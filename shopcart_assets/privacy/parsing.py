"""From the bytes of a page to a tree, losing nothing silently.

Byte order mark, UTF-8, declared charset, else Windows-1252. A page that the parser would cut short is refused with a reason. No scrubbing.
"""

import codecs
import re

from lxml import etree

# A mark of UTF-32 begins like one of UTF-16.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Two ASCII letters with a zero byte each.
_WITHOUT_BOM = (
    (re.compile(rb"(?:[\t-~]\x00){2}"), "utf-16-le"),
    (re.compile(rb"(?:\x00[\t-~]){2}"), "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4096
_BAD_SHARE = 0.1
# As browsers read them (WHATWG Encoding): a page that says Latin-1 or ASCII is Windows-1252; UTF-16 in a meta is UTF-8. What they
# do not know is no charset: some of Python's codecs raise errors, or read escapes (`undefined`, `idna`, `unicode_escape`).
_AS_BROWSERS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip
_CODECS = {
    *_AS_BROWSERS.values(), *(f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *(f"cp{n}" for n in (866, 1250, 1251, 1253, 1255, 1256, 1257, 1258)),
    "koi8-r", "koi8-u", "mac-roman", "big5", "big5hkscs", "euc_jp", "iso2022_jp",
}  # fmt: skip


class UnreadablePage(ValueError):
    """The page has no tree that could be kept. `reason` is empty, no_markup, too_deep or cut_short; the text quotes nothing of the page."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the page is unreadable: {reason}")
        self.reason = reason


def parse(html: bytes) -> etree._Element:
    """The page's root element, comments and processing instructions left out. Raises UnreadablePage."""
    return parse_text(decode_bytes(html))


def parse_text(text: str) -> etree._Element:
    """The same from decoded text. No entity and no address is ever fetched: libxml2's HTML parser knows neither."""
    if not text.strip("\ufeff\x00 \t\r\n\f"):
        raise UnreadablePage("empty")
    if not re.search(r"<[a-zA-Z]", text):
        raise UnreadablePage("no_markup")
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False, no_network=True
    )
    try:
        root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    fatal = [entry.message for entry in parser.error_log.filter_from_fatals()]
    if any("Excessive depth" in message for message in fatal):
        raise UnreadablePage("too_deep")
    if root is None:
        raise UnreadablePage("empty")
    if fatal:
        raise UnreadablePage("cut_short")
    return root


def roots(root: etree._Element) -> list[etree._Element]:
    """The root and what stands behind it: libxml2 makes further roots of elements after a stray `</html>`.

    >>> [one.tag for one in roots(parse(b"<html><body><p>a</body></html><main>b</main>"))]
    ['html', 'html']
    """
    return [root, *root.itersiblings("*")]


def decode_bytes(html: bytes) -> str:
    """The page's text. Bytes that its charset does not know become U+FFFD.

    What reads as UTF-8 is UTF-8, whatever the page declares: a recorder that writes down a browser's tree keeps the old `meta`.

    >>> decode_bytes("Kärcher".encode()), decode_bytes("<meta charset=latin-1>Kärcher".encode())
    ('Kärcher', '<meta charset=latin-1>Kärcher')
    >>> decode_bytes("Kärcher".encode("cp1252")), decode_bytes("<p>Kärcher".encode("utf-16-le"))
    ('Kärcher', '<p>Kärcher')
    """
    for bom, codec in _BOMS:
        if html.startswith(bom):
            return html[len(bom) :].decode(codec, "replace")
    for pattern, codec in _WITHOUT_BOM:
        if pattern.match(html):
            return html.decode(codec, "replace")
    declared = _declared(html)
    if declared is not None and html.isascii():
        return html.decode(declared, "replace")
    try:
        return html.decode("utf-8")
    except UnicodeDecodeError:
        return html.decode("utf-8" if _is_mostly_utf8(html) else declared or "cp1252", "replace")


def _is_mostly_utf8(html: bytes) -> bool:
    """Whether bytes that are not UTF-8 are few, as on a page that is cut off in a letter, or has one bad byte."""
    text = html.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    return _BAD_SHARE * (len(text) - len(text.encode("ascii", "ignore")) - n_bad) >= n_bad


def _declared(html: bytes) -> str | None:
    match = _DECLARED.search(html, 0, _DECLARATION_BYTES)
    if match is None:
        return None
    try:
        name = codecs.lookup((match[1] or match[2]).decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return None
    codec = _AS_BROWSERS.get(name, name)
    return codec if codec in _CODECS else None
