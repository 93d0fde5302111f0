"""The stage on real pages, judged by a checker that shares no code with it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, example, given, settings

from shopcart_assets.context.parse import UNREADABLE, PageError
from shopcart_assets.context.simplify import Page, simplify
from shopcart_assets.context.targets import Target
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from tests.context import wild
from tests.context.checker import judge

LEAST_SHARE_NAMED = 0.97


@pytest.mark.slow
def test_what_is_visible_on_real_pages_is_present_and_named(shared: Path) -> None:
    """On every page; and what the checker did not recognize in a context has a name all the same when somebody acts on it."""
    files = sorted((shared / "pages").glob("*.html"))
    assert len(files) == 42
    n_visible = n_unresolved = 0
    for file in files:
        raw = file.read_bytes()
        verdict = judge(raw, simplify(raw, token_budget=0).html, site=file.name.partition("_")[0])
        assert (verdict.repeated, verdict.left) == ([], []), file.name
        assert verdict.share >= LEAST_SHARE_NAMED, file.name
        acted_on = [Target(xpath=one.path) for one in verdict.missing]
        resolved = simplify(raw, token_budget=0, targets=acted_on).resolved if acted_on else ()
        n_visible += verdict.n_visible
        n_unresolved += sum(resolution.name is None for resolution in resolved)
    assert n_visible > 10_000 and n_unresolved <= 0.001 * n_visible


RAW = b"""<title>t</title><div hidden><a href=/no>no</a></div><a href=/a>Red mug</a><a href=/a><img alt='Red mug'></a>
<form><label>Name <input name=n></label><input type=hidden><button>Go</button></form><a name=anchor></a>"""


def test_the_checker_sees_what_is_missing_repeated_or_left() -> None:
    good = "<a name=red_mug>Red mug</a><input name=n><button name=go>Go</button>"
    assert judge(RAW, good).share == 1 and judge(RAW, good).n_visible == 4
    assert [one.tag for one in judge(RAW, good.replace("<input name=n>", "")).missing] == ["input text"]
    assert {one.address for one in judge(RAW, good.replace(" name=red_mug", "")).missing} == {"/a"}
    assert [one.tag for one in judge(RAW, good.replace("name=go>Go", "name=buy>Buy")).missing] == ["button"]
    bad = judge(RAW, f"{good}<!-- x --><script>1</script><i name=go>Go</i>")
    assert bad.repeated == ["go"] and bad.left == ["script", "comment"]


def test_a_picture_s_text_is_found_behind_its_sources() -> None:
    page = simplify(
        "<button><picture><source srcset=a.webp><img src=a alt='Blue mug'></picture></button>", token_budget=0
    )
    assert [element.name for element in page.names] == ["blue_mug"] and 'alt="Blue mug"' in page.html


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what was asked of it."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!ENTITY leak 'leaked'>")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


LINK = "<a href=/end>end</a>"
HOSTILE = {
    "external DTD": '<!DOCTYPE html SYSTEM "{url}/x.dtd"><html><body>&leak;' + LINK,
    "external entities": '<!DOCTYPE html [<!ENTITY % p SYSTEM "{url}/p">%p;<!ENTITY e SYSTEM "{url}/e"><!ENTITY f SYSTEM '
    '"file:///etc/hostname">]><p>&e; &f;</p>' + LINK,
    "XHTML": '<?xml version="1.0"?><?xml-stylesheet href="{url}/s.xsl"?><!DOCTYPE html PUBLIC "x" "{url}/d.dtd" '
    '[<!ENTITY e SYSTEM "{url}/e">]><html xmlns="http://www.w3.org/1999/xhtml" xmlns:xi="http://www.w3.org/2001/XInclude"><body>'
    '<xi:include href="{url}/xi"/><xi:include href="file:///etc/hostname" parse="text"/>&e;' + LINK + "</body></html>",
    "resources": '<base href="{url}/"><meta http-equiv=refresh content="0;url={url}/r"><link rel=stylesheet href="{url}/c">'
    '<script src="{url}/s"></script><img src="{url}/i"><iframe src="{url}/f"></iframe><svg><image href="{url}/g"/></svg>'
    + LINK,
    "billion laughs": "<!DOCTYPE a [<!ENTITY a0 'laugh'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
    + "]><p>&a9;</p>"
    + LINK,
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_is_fetched_and_no_entity_grows(hostile: str, asked: tuple[str, list[str]]) -> None:
    url, paths = asked
    html = HOSTILE[hostile].replace("{url}", url).encode()
    scrubbed = scrub_page(html, url=f"{url}/page", pseudonyms=Pseudonyms(b"secret", user_id="u"))
    host = Path("/etc/hostname")
    for page in (simplify(html, token_budget=0), simplify(scrubbed.html, token_budget=0)):
        assert [element.name for element in page.names] == ["end"] and len(page.html) < 5 * len(html)
        assert not any(word in page.html for word in ("leaked", "laughlaugh"))
        assert not host.is_file() or host.read_text().strip() not in page.html
    urlopen(f"{url}/seen").close()
    assert paths == ["/seen"]


def read(html: str | bytes, token_budget: int = 0) -> Page | None:
    """The page; None where it is refused for a reason."""
    try:
        return simplify(html, token_budget=token_budget)
    except PageError as error:
        assert error.reason in UNREADABLE
        return None


def check(html: str | bytes) -> None:
    """Never a crash, never a name twice, the same again, and a context given in again keeps its names and roles."""
    page = read(html)
    assert read(html) == page
    if page is None:
        return
    names = [(element.name, element.role) for element in page.names]
    assert len({name for name, _ in names}) == len(names) and all(name for name, _ in names)
    again = simplify(page.html, token_budget=0)
    assert [(element.name, element.role) for element in again.names] == names
    pruned = simplify(html, token_budget=80)
    assert {element.name for element in pruned.names} <= {name for name, _ in names}


WILD = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@WILD
@given(wild.PAGES)
@example("<label>Search input <input></label><fieldset class=filters><label>Search input<input></label></fieldset>")
def test_any_page_is_a_context_or_refused(html: str) -> None:
    check(html)


@WILD
@given(wild.BYTES)
def test_any_bytes_are_a_context_or_refused(html: bytes) -> None:
    check(html)


@settings(WILD, max_examples=25)
@given(wild.DEEP)
def test_thousands_of_levels_are_read_whole_or_refused(html: str) -> None:
    check(html)


@WILD
@given(wild.BYTES)
def test_what_privacy_lets_through_is_a_context(html: bytes) -> None:
    page = scrub_page(html, url="https://shop.example/", pseudonyms=Pseudonyms(b"secret", user_id="u"))
    assert page.reason is not None or read(page.html) is not None
