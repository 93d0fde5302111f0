"""Marks put into a page and into what its events quote: over element borders, in names, and nowhere else."""

import json

import pytest

from shopcart_assets.platform.warehouse import Warehouse
from tests.privacy.llm_pass.days import event, name_of, page, passing, raw_day, scrubbed
from tests.privacy.llm_pass.models import finding

ANN = name_of("Ann Lee")
REVIEW = "<div class=review><p data-eid=n1>For my friend <b data-eid=n2>Ann</b>\n <i>Lee</i>, not <u>Joe</u>.</p></div>"


def _target(**said: object) -> str:
    return json.dumps(said)


def test_a_name_that_is_split_over_elements_is_one_placeholder_and_the_tree_stays(warehouse: Warehouse) -> None:
    day = scrubbed(
        raw_day({"p": REVIEW + "<ul><li></li><li>x</li></ul>"}, {"page_id": "p"}),
        passing(warehouse, finding("Ann Lee")),
    )
    assert f'<b data-eid="n2">{ANN}</b><i></i>, not <u>Joe</u>.' in page(day) and "<li></li><li>x</li>" in page(day)
    assert day.findings.select("source", "kind", "detector", "place", "placeholder").rows() == [
        ("page", "name", "llm", "text", ANN)
    ]
    assert day.pages["n_findings"].to_list() == [1]


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"node_id": "n1", "text": "For my friend Ann Lee, not Joe."}, f"For my friend {ANN}, not Joe."),
        ({"node_id": "n1", "text": "For my friend Ann L"}, f"For my friend {ANN}"),
        ({"node_id": "n1", "text": "FOR MY FRIEND ANN LEE, NOT JOE."}, f"FOR MY FRIEND {ANN}, NOT JOE."),
        ({"xpath": "/html/body/div", "text": "x For my friend  Ann Lee, not Joe. y"}, f"x For my friend  {ANN}, not Joe. y"),
        ({"node_id": "gone", "text": "For my friend Ann Lee, not Joe."}, f"For my friend {ANN}, not Joe."),
        ({"node_id": "gone", "text": "Ann Lee"}, "Ann Lee"),
        ({"node_id": "n3", "text": "Ann Lee"}, "Ann Lee"),
    ],
)  # fmt: skip
def test_an_event_quotes_the_block_as_the_page_has_it(warehouse: Warehouse, target: dict[str, str], text: str) -> None:
    raw = raw_day({"p": f"{REVIEW}<h2 data-eid=n3>Ann Lee</h2>"}, {"page_id": "p", "target": json.dumps(target)})
    day = scrubbed(raw, passing(warehouse, finding("Ann Lee")))
    assert json.loads(event(day)["target"])["text"] == text


def test_an_element_inside_a_block_quotes_a_part_of_it(warehouse: Warehouse) -> None:
    html = "<div class=review><p>For my friend <a data-eid=n2 title='see Ann Lee'>Ann Lee</a>, thanks</p></div>"
    aim = {"node_id": "n2", "text": "Ann Lee", "attributes": {"title": "see Ann Lee"}}
    optimal = {"event_type": "click", "target": aim}
    raw = raw_day({"p": html}, {"page_id": "p", "target": json.dumps(aim), "optimal": json.dumps(optimal)})
    day = scrubbed(raw, passing(warehouse, finding("Ann Lee")))
    for said in (json.loads(event(day)["target"]), json.loads(event(day)["optimal"])["target"]):
        assert said["text"] == ANN and said["attributes"] == {"title": f"see {ANN}"}
    assert page(day).count(ANN) == 2


def test_names_that_were_made_of_the_words_change_with_them(warehouse: Warehouse) -> None:
    html = (
        "<div name=ann_lee_shop><div class=review name=ann_lee_shop.review><p>From Ann Lee "
        "<a name=ann_lee_shop.review.from_ann_lee><b name=ann_lee_shop.review.from_ann_lee.more>Ann Lee</b></a></p></div></div>"
    )
    said = {"name": "ann_lee_shop.review.from_ann_lee.more", "text": "Ann Lee"}
    raw = raw_day({"p": html}, {"page_id": "p", "target": json.dumps(said)}, format="context")
    day = scrubbed(raw, passing(warehouse, finding("Ann Lee")))
    slug = ANN[1:-1].lower()
    assert f'name="ann_lee_shop.review.from_{slug}.more"' in page(day) and 'name="ann_lee_shop.review"' in page(day)
    assert json.loads(event(day)["target"]) == {"name": f"ann_lee_shop.review.from_{slug}.more", "text": ANN}


def test_a_page_without_marks_comes_out_byte_for_byte_as_without_the_pass(warehouse: Warehouse) -> None:
    raw = raw_day({"p": REVIEW + "<p>1 &lt; 2 <li></li><table><tr><td>x"}, {"page_id": "p"})
    assert page(scrubbed(raw, passing(warehouse, finding()))) == page(scrubbed(raw))
