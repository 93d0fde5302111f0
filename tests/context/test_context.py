"""The stage on real pages, judged by a checker that shares no code with it."""

from pathlib import Path

import pytest

from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target
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
