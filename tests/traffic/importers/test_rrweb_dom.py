"""The mirror is the browser's own DOM after every step; what comes out of order, twice or for nobody does no harm."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.importers.rrweb_dom import Mirror
from shopcart_assets.traffic.importers.rrweb_nodes import TEXT, Node
from tests.traffic.importers.browser import KEPT, Recording, kept

Described = list[Any]
"""[id, tag or text, children], as the driver dumps it."""

# Their content is not recorded as it is: scripts are left out, rules of style sheets are written anew.
_REWRITTEN = ("script", "style", "noscript")


def described(node: Node) -> Described:
    own = node.text if node.tag == TEXT else node.tag
    return [node.id, own, [described(child) for child in (*node.shadow, *node.children)]]


def differences(recording: Recording) -> list[tuple[Any, Any]]:
    """What the mirror and the browser have differently, in all of the recording's steps."""
    mirror, at, found = Mirror(), 0, []
    for step in recording["seen"]:
        for event in recording["events"][at : step["n_events"]]:
            apply(mirror, event)
        at = step["n_events"]
        assert mirror.root is not None
        found += list(compared(described(mirror.root), step["dom"]))
    return found


def apply(mirror: Mirror, event: dict[str, Any]) -> None:
    if event["type"] == 2:
        mirror.load(event["data"])
    elif event["type"] == 3 and event["data"]["source"] == 0:
        mirror.mutate(event["data"])


def compared(mine: Described, theirs: Described, is_rewritten: bool = False) -> Iterator[tuple[Any, Any]]:
    is_named = str(mine[1]).startswith("#") or is_rewritten
    if mine[0] != theirs[0] or (mine[1] != theirs[1] and not is_named) or len(mine[2]) != len(theirs[2]):
        yield mine[:2], theirs[:2]
        return
    for one, other in zip(mine[2], theirs[2], strict=True):
        yield from compared(one, other, mine[1] in _REWRITTEN)


@pytest.mark.parametrize("name", KEPT)
def test_the_mirror_is_the_browsers_own_dom_after_every_step(name: str) -> None:
    recording = kept(name)
    assert differences(recording) == []
    assert sum(len(str(step["dom"])) for step in recording["seen"]) > 10_000


def element(node_id: int, tag: str = "div", *children: Any, **more: Any) -> dict[str, Any]:
    return {"type": 2, "id": node_id, "tagName": tag, "attributes": {}, "childNodes": list(children)} | more


def page(*children: Any) -> Mirror:
    mirror = Mirror()
    mirror.load({"node": {"type": 0, "id": 1, "childNodes": [element(2, "body", *children)]}})
    return mirror


def add(parent: int, node: dict[str, Any], follower: int | None = None) -> dict[str, Any]:
    return {"parentId": parent, "nextId": follower, "node": node}


def ids(mirror: Mirror, parent: int = 2) -> list[int]:
    node = mirror.get(parent)
    assert node is not None
    return [child.id for child in node.children]


def test_an_addition_waits_for_its_parent_and_its_neighbour() -> None:
    mirror = page(element(3))
    mirror.mutate({"adds": [add(2, element(5), 4), add(6, element(7)), add(2, element(4), 3), add(5, element(6))]})
    assert (ids(mirror), ids(mirror, 5), ids(mirror, 6), mirror.n_lost) == ([5, 4, 3], [6], [7], 0)


def test_a_node_added_again_moves_with_what_is_in_it() -> None:
    mirror = page(element(3, "ul", element(5, "li", element(6))), element(4))
    mirror.mutate({"adds": [add(4, element(5, "li"))]})
    assert (ids(mirror, 3), ids(mirror, 4), ids(mirror, 5)) == ([], [5], [6])


def test_what_is_removed_is_gone_with_what_was_in_it() -> None:
    mirror = page(element(3, "ul", element(5, "li")), element(4))
    mirror.mutate({"removes": [{"parentId": 2, "id": 3}], "texts": [{"id": 5, "value": "x"}]})
    assert (ids(mirror), mirror.get(5), mirror.n_lost) == ([4], None, 1)


def test_attributes_are_set_taken_away_and_styles_changed_in_part() -> None:
    mirror = page(element(3, attributes={"style": "color: red", "hidden": True, "rel": None}))
    mirror.mutate(
        {"attributes": [{"id": 3, "attributes": {"hidden": None, "title": "t", "style": {"display": "none"}}}]}
    )
    node = mirror.get(3)
    assert node is not None and node.attributes == {"style": "color: red; display: none", "title": "t"}


def test_a_frame_shows_its_last_document_only() -> None:
    mirror = page(element(3, "iframe"))
    for node_id in (10, 20):
        mirror.mutate({"adds": [add(3, {"type": 0, "id": node_id, "childNodes": []})], "isAttachIframe": True})
    assert ids(mirror, 3) == [20]


def test_a_field_holds_what_was_entered() -> None:
    options = [
        element(11, "option", attributes={"value": "a", "selected": True}),
        element(12, "option", attributes={"value": "b"}),
    ]
    mirror = page(
        element(3, "input"), element(4, "input", attributes={"type": "checkbox"}), element(10, "select", *options)
    )
    for node_id, text, is_checked in ((3, "mug", False), (4, "on", True), (10, "b", False)):
        node = mirror.get(node_id)
        assert node is not None
        mirror.enter(node, text, is_checked)
    found = {node_id: dict(node.attributes) for node_id in (3, 4, 11, 12) if (node := mirror.get(node_id))}
    assert found[3] == {"value": "mug"} and "checked" in found[4]
    assert "selected" not in found[11] and "selected" in found[12]


def test_a_node_cannot_be_added_below_itself() -> None:
    mirror = page(element(3, "div", element(4)))
    with pytest.raises(ValueError, match="below itself"):
        mirror.mutate({"adds": [add(4, element(3))]})


NODES = st.integers(2, 9)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "removes": st.lists(st.fixed_dictionaries({"id": NODES}), max_size=2),
                "adds": st.lists(st.builds(add, NODES, st.builds(element, NODES), st.none() | NODES), max_size=4),
            }
        ),
        max_size=8,
    )
)
def test_whatever_is_added_and_removed_the_page_stays_a_tree(mutations: list[dict[str, Any]]) -> None:
    mirror = page(element(3), element(4, "div", element(5)))
    for mutation in mutations:
        try:
            mirror.mutate(mutation)
        except ValueError:
            break
    assert mirror.root is not None
    nodes = list(mirror.root.within())
    assert len({node.id for node in nodes}) == len(nodes)
    assert all(child.parent is node for node in nodes for child in node.children)
