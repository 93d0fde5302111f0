"""Marks put into a page and into what its events quote: over element borders, in names, and nowhere else."""

import json

import pytest

from shopcart_assets.platform.warehouse import Warehouse
from tests.privacy.llm_pass.days import event, name_of, page, passing, raw_day, scrubbed
from tests.privacy.llm_pass.models import finding

ZIBO = name_of("zibo quellan")
REVIEW = (
    "<div class=review><p data-eid=n1>For my friend <b data-eid=n2>zibo</b>\n <i>quellan</i>, not <u>Joe</u>.</p></div>"
)


def _target(**said: object) -> str:
    return json.dumps(said)


def test_a_name_that_is_split_over_elements_is_one_placeholder_and_the_tree_stays(warehouse: Warehouse) -> None:
    day = scrubbed(
        raw_day({"p": REVIEW + "<ul><li></li><li>x</li></ul>"}, {"page_id": "p"}),
        passing(warehouse, finding("zibo quellan")),
    )
    assert f'<b data-eid="n2">{ZIBO}</b><i></i>, not <u>Joe</u>.' in page(day) and "<li></li><li>x</li>" in page(day)
    assert day.findings.select("source", "kind", "detector", "place", "placeholder").rows() == [
        ("page", "name", "llm", "text", ZIBO)
    ]
    assert day.pages["n_findings"].to_list() == [1]


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"node_id": "n1", "text": "For my friend zibo quellan, not Joe."}, f"For my friend {ZIBO}, not Joe."),
        ({"node_id": "n1", "text": "For my friend zibo q"}, f"For my friend {ZIBO}"),
        ({"node_id": "n1", "text": "FOR MY FRIEND ZIBO QUELLAN, NOT JOE."}, f"FOR MY FRIEND {ZIBO}, NOT JOE."),
        ({"xpath": "/html/body/div", "text": "x For my friend  zibo quellan, not Joe. y"}, f"x For my friend  {ZIBO}, not Joe. y"),
        ({"node_id": "gone", "text": "For my friend zibo quellan, not Joe."}, f"For my friend {ZIBO}, not Joe."),
        ({"node_id": "gone", "text": "zibo quellan"}, "zibo quellan"),
        ({"node_id": "n3", "text": "zibo quellan"}, "zibo quellan"),
    ],
)  # fmt: skip
def test_an_event_quotes_the_block_as_the_page_has_it(warehouse: Warehouse, target: dict[str, str], text: str) -> None:
    raw = raw_day({"p": f"{REVIEW}<h6 data-eid=n3>zibo quellan</h6>"}, {"page_id": "p", "target": json.dumps(target)})
    day = scrubbed(raw, passing(warehouse, finding("zibo quellan")))
    assert json.loads(event(day)["target"])["text"] == text


def test_an_element_inside_a_block_quotes_a_part_of_it(warehouse: Warehouse) -> None:
    html = (
        "<div class=review><p>For my friend <a data-eid=n2 title='see zibo quellan'>zibo quellan</a>, thanks</p></div>"
    )
    aim = {"node_id": "n2", "text": "zibo quellan", "attributes": {"title": "see zibo quellan"}}
    optimal = {"event_type": "click", "target": aim}
    raw = raw_day({"p": html}, {"page_id": "p", "target": json.dumps(aim), "optimal": json.dumps(optimal)})
    day = scrubbed(raw, passing(warehouse, finding("zibo quellan")))
    for said in (json.loads(event(day)["target"]), json.loads(event(day)["optimal"])["target"]):
        assert said["text"] == ZIBO and said["attributes"] == {"title": f"see {ZIBO}"}
    assert page(day).count(ZIBO) == 2


def test_names_that_were_made_of_the_words_change_with_them(warehouse: Warehouse) -> None:
    html = (
        "<div name=zibo_quellan_shop><div class=review name=zibo_quellan_shop.review><p>From zibo quellan "
        "<a name=zibo_quellan_shop.review.from_zibo_quellan><b name=zibo_quellan_shop.review.from_zibo_quellan.more>zibo quellan</b></a></p></div></div>"
    )
    said = {"name": "zibo_quellan_shop.review.from_zibo_quellan.more", "text": "zibo quellan"}
    raw = raw_day({"p": html}, {"page_id": "p", "target": json.dumps(said)}, format="context")
    day = scrubbed(raw, passing(warehouse, finding("zibo quellan")))
    slug = ZIBO[1:-1].lower()
    assert f'name="zibo_quellan_shop.review.from_{slug}.more"' in page(
        day
    ) and 'name="zibo_quellan_shop.review"' in page(day)
    assert json.loads(event(day)["target"]) == {"name": f"zibo_quellan_shop.review.from_{slug}.more", "text": ZIBO}


def test_a_page_without_marks_comes_out_byte_for_byte_as_without_the_pass(warehouse: Warehouse) -> None:
    raw = raw_day({"p": REVIEW + "<p>1 &lt; 2 <li></li><table><tr><td>x"}, {"page_id": "p"})
    assert page(scrubbed(raw, passing(warehouse, finding()))) == page(scrubbed(raw))
