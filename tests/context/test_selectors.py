import pytest

from shopcart_assets.context.parse import parse
from shopcart_assets.context.selectors import by_css, by_xpath

PAGE = parse(
    "<div id=m><table><tr><td>1<td>2<tr><td>3</table><ul><li class='a b'>x<li data-k='v w'>y</ul></div><div id=m><p>z</p></div>"
)


@pytest.mark.parametrize(
    ("xpath", "texts"),
    [
        ("/html/body/div[1]/table/tr[2]/td", ["3"]),
        ("/html[1]/body/div[1]/table/tbody/tr[1]/td[2]", ["2"]),
        ('//*[@id="m"]/ul/li[2]', ["y"]),
        ("//*[@id='m']", [None, None]),
        ("/html/body/div[9]", []),
        ("//a[contains(., 'x')]", []),
        ("document('http://example.com/')", []),
        ("", []),
    ],
)
def test_positional_paths_and_nothing_else(xpath: str, texts: list[str | None]) -> None:
    assert [element.text for element in by_xpath(PAGE, xpath)] == texts


def test_a_row_is_found_in_a_body_that_the_path_does_not_name() -> None:
    page = parse("<table><tbody><tr><td>1</td></tr></tbody></table>")
    assert [element.text for element in by_xpath(page, "/html/body/table/tr/td")] == ["1"]


@pytest.mark.parametrize(
    ("css", "texts"),
    [
        ("li.a.b", ["x"]),
        ("#m > ul > li:nth-of-type(2)", ["y"]),
        ("ul li", ["x", "y"]),
        ("#m > table:nth-child(1) > tbody:nth-child(1) > tr:nth-child(2) > td", ["3"]),
        ("#m > ul > tbody > li", []),
        ('li[data-k="v w"]', ["y"]),
        ("div:nth-child(2) > p", ["z"]),
        ("li:has(a)", []),
        ("::", []),
    ],
)
def test_plain_selectors_and_nothing_else(css: str, texts: list[str]) -> None:
    assert [element.text for element in by_css(PAGE, css)] == texts
