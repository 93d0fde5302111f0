import pytest

from shopcart_assets.context.simplify import simplify


def body(page: str) -> str:
    return simplify(page, token_budget=0).html.partition("<body>")[2].removesuffix("</body></html>")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>$<span>199</span>.<span>99</span></p>", "<p>$199.99</p>"),
        ("<div>one</div><div>two</div>", "one two"),
        ("<p> one\n  <b>two</b> </p>", "<p>one two</p>"),
        ("<p>see <a href=/x> this </a>now</p>", '<p>see <a name="this">this</a> now</p>'),
        ("<div><div><span></span></div></div><p></p>", ""),
        ("<p>was <del>$5</del></p>", "<p>was <del>$5</del></p>"),
        ("<input name=q type=checkbox value=1 checked>", '<input name="q" type="checkbox" checked>'),
        ("<input type=password value=secret>", '<input name="textbox" type="password">'),
        ('<button aria-label="Add  it">Add it</button>', '<button name="add_it">Add it</button>'),
        ('<a href=/x role=button>Go</a><a href=/y>Y</a>', '<a name="go" role="button">Go</a><a name="y">Y</a>'),
        ('<div role=button>Go</div>', '<div name="go" role="button">Go</div>'),
        ("<select aria-label=Size><option value=1>S<option selected>M</select>",
         '<select name="size" aria-label="Size"><option>S</option><option selected>M</option></select>'),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "<table><tr><td>a</td><td>b</td></tr></table>"),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", "<p>1 &lt; 2 &amp;amp; 3</p>"),
        ('<img alt="a &quot;b&quot;"><img alt=""><img>', '<img alt="a &quot;b&quot;">'),
    ],
)  # fmt: skip
def test_markup(page: str, expected: str) -> None:
    assert body(page) == expected


def test_hostile_text_stays_text() -> None:
    html = simplify(
        "<title>&lt;script></title><p>&lt;script>alert(1)&lt;/script></p><a href=/x title='\"><script>'></a>",
        token_budget=0,
    ).html
    assert "<script" not in html
