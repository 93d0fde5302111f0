"""The mirrored page as bytes: every element stands there with its id, and nothing is taken for markup or charset that is not."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.context.parse import parse
from shopcart_assets.traffic.importers.rrweb_dom import Mirror
from shopcart_assets.traffic.importers.rrweb_html import tag_of, to_html
from tests.traffic.importers.test_rrweb_dom import element, page


def text(node_id: int, content: str) -> dict[str, Any]:
    return {"type": 3, "id": node_id, "textContent": content}


def field(node_id: int, value: str, **attributes: Any) -> dict[str, Any]:
    return element(node_id, "input", attributes={"value": value, **attributes})


def test_scripts_styles_and_the_recorders_own_attributes_are_left_out() -> None:
    mirror = page(
        element(3, "script", text(4, "alert(1)")),
        element(5, "style", text(6, ".a{}"), attributes={"_cssText": ".a{}"}),
        element(7, "img", attributes={"rr_dataURL": "data:", "alt": "a"}),
        element(8, "div", attributes={"class": "blocked", "rr_width": "9px", "data-eid": "own", "bad name": "x"}),
    )
    assert to_html(mirror) == (
        b'<body data-eid="2"><script data-eid="3"></script><style data-eid="5"></style><img data-eid="7" alt="a">'
        b'<div data-eid="8" class="blocked"></div></body>'
    )


def test_masked_and_secret_values_are_left_out_and_others_stay() -> None:
    mirror = page(
        field(3, "****"), field(4, "mug"), field(5, "hunter2", type="password"), field(6, "***", type="submit"),
        element(7, "textarea", attributes={"value": "*****"}), element(8, "textarea", text(9, "hello <b>")),
    )  # fmt: skip
    html = to_html(mirror).decode()
    assert '<input data-eid="3"><input data-eid="4" value="mug"><input data-eid="5" type="password">' in html
    assert 'value="***" type="submit"' in html and "hunter2" not in html
    assert '<textarea data-eid="7"></textarea><textarea data-eid="8">hello &lt;b&gt;</textarea>' in html


def test_shadow_roots_and_frames_stand_in_their_place() -> None:
    shadow = element(4, "button", text(5, "Buy"), isShadow=True)
    mirror = page(element(3, "shop-box", shadow, isShadowHost=True), element(6, "iframe", attributes={"srcdoc": "<p>"}))
    inner = element(12, "html", element(13, "head", element(14, "title")), element(15, "body", element(16, "a")))
    mirror.mutate({"adds": [{"parentId": 6, "nextId": None, "node": {"type": 0, "id": 11, "childNodes": [inner]}}]})
    html = to_html(mirror).decode()
    assert '<shop-box data-eid="3"><template shadowrootmode="open"><button data-eid="4">Buy</button></template>' in html
    assert '<div data-eid="6"><div data-eid="12"><div data-eid="15"><a data-eid="16"></a></div></div></div>' in html
    nodes = {node_id: mirror.get(node_id) for node_id in (2, 6, 15)}
    assert [tag_of(node) for node in nodes.values() if node] == ["body", "div", "div"]


def test_the_page_says_that_it_is_utf_8() -> None:
    mirror = page(
        element(3, "meta", attributes={"charset": "shift_jis"}),
        element(4, "meta", attributes={"http-equiv": "Content-Type", "content": "text/html; charset=latin1"}),
        text(5, "Kärcher 掃除機 \ud83d"),
    )
    html = to_html(mirror)
    assert b"shift_jis" not in html and b"latin1" not in html
    assert "Kärcher 掃除機 ?" in "".join(map(str, parse(html).itertext()))


@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_place(inside: str, value: str) -> None:
    mirror: Mirror = page(element(3, "p", text(4, inside), attributes={"title": value}), element(5, "a"))
    root = parse(to_html(mirror))
    assert [found.get("data-eid") for found in root.iter() if found.get("data-eid")] == ["2", "3", "5"]
