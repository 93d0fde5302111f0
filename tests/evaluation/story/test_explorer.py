"""The explorer's files: which pages are written, what is deleted, and what a browser makes of them."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import html

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.story import lake
from shopcart_assets.evaluation.story.explorer import explore, file_name
from shopcart_assets.evaluation.story.page import index_page, line, session_page
from shopcart_assets.evaluation.story.told import tell
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.story.invented import frames
from tests.watched import Parts


def test_there_is_a_page_for_each_session_told_and_links_lead_to_them(judged: Warehouse, tmp_path: Path) -> None:
    parts = Parts()
    told = explore(judged, tmp_path, n_sample=2, count=parts)
    assert parts.whole() == [(len(told.pages), "sessions")]
    tests = set(judged.read("dataset.splits").filter(split="test")["session_id"])
    assert 3 <= len(told.pages) <= 5 and set(told.pages) <= tests
    assert {one.session_id for one in told.worth.values()} <= set(told.pages) and len(told.worth) == 3
    links = {str(link).partition("#")[0] for link in html.parse(told.index).xpath("//table[@id='lines']//a/@href")}
    assert {tmp_path / link for link in links} == set(told.pages.values()) == set((tmp_path / "sessions").iterdir())
    assert all(session in path.read_text() for session, path in told.pages.items()), "an erasure finds them by the id"
    assert not any(session in path.name for session, path in told.pages.items())


def test_asking_again_gives_the_same_bytes_and_deletes_what_is_not_told_any_more(
    judged: Warehouse, tmp_path: Path
) -> None:
    first = explore(judged, tmp_path, n_sample=2)
    tests = judged.read("dataset.splits").filter(split="test")["session_id"]
    other = next(session for session in tests if session not in first.pages)
    before = {path: path.read_bytes() for path in first.pages.values()}
    second = explore(judged, tmp_path, [other], n_sample=0)
    assert other in second.pages and "asked for" in second.index.read_text()
    assert set((tmp_path / "sessions").iterdir()) == set(second.pages.values())
    again = explore(judged, tmp_path, n_sample=2)
    assert {path: path.read_bytes() for path in again.pages.values()} == before


def test_a_story_is_the_same_whether_it_is_told_alone_or_with_others(judged: Warehouse) -> None:
    tests = lake.test_sessions(judged)
    together = {one.session_id: one for one in lake.stories(judged, tests, lake.judged(judged))}
    assert len(together) == tests.height
    assert all(lake.story(judged, session) == told for session, told in list(together.items())[:3])


def test_what_there_is_not_is_one_clear_line_and_changes_no_file(judged: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no test session 'gone'"):
        explore(judged, tmp_path / "report", ["gone"])
    assert not (tmp_path / "report").exists()


def test_an_empty_lake_has_an_index_that_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    told = explore(warehouse, tmp_path)
    assert "There are no test sessions yet" in told.index.read_text() and not told.pages


def test_a_files_name_holds_nothing_of_the_session() -> None:
    assert re.fullmatch(r"[0-9a-f]{20}\.html", file_name("../../etc/passwd\0")) and file_name("a") != file_name("b")


PLANTED = """<script>document.title = parent.document.title = "planted"</script><img src=x onerror="document.title='planted'">"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium: what a browser makes of the pages needs one")
def test_in_a_browser_the_filter_works_and_nothing_planted_runs(tmp_path: Path) -> None:
    look = looks(["a", "b"])
    said = PLANTED + "</title></textarea></iframe>"
    story = tell("session-7", "purchase", frames(said, said, said, said))
    (tmp_path / "x.html").write_text(session_page(story, look, "index.html"))
    lines = [line(story, "sample", "x.html"), line(tell("other", "purchase", frames()), "sample", "x.html")]
    (tmp_path / "index.html").write_text(index_page(lines, look, n_tests=2, n_sample=2))

    page = _in_browser(tmp_path, "x.html#step-3")
    assert page.xpath("//title/text()") == ["Session session-7, step by step"]
    assert page.xpath("//nav/a[@aria-current]/@href") == ["#step-3"], "our own script has run"
    whole = _in_browser(tmp_path, "index.html")
    assert whole.get_element_by_id("found").text_content() == "4 steps in 2 sessions"
    some = _in_browser(tmp_path, f"index.html#policy=b&kind={quote('no answer')}")
    assert some.xpath("//a[@data-said and not(@hidden)]/@href") == ["x.html#step-3"] * 2
    none = _in_browser(tmp_path, "index.html#policy=b&kind=correct")
    assert len(none.xpath("//table[@id='lines']/tbody/tr[@hidden]")) == 2


def _in_browser(folder: Path, address: str) -> html.HtmlElement:
    """The document as it is once its script has run."""
    profile = folder / "profile"
    flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=2000",
    ]
    command = ["chromium", *flags, "--dump-dom", f"{folder.as_uri()}/{address}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return html.document_fromstring(done.stdout)
