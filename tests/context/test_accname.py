import pytest

from shopcart_assets.context.accname import Labels
from shopcart_assets.context.build import build
from shopcart_assets.context.parse import parse
from shopcart_assets.context.texts import label_text


def names(page: str) -> list[str]:
    root = parse(page)
    labels = Labels(root)
    return [labels.accessible_name(node) for node in build(root)[1]]


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ('<p id=a>By</p><p id=b>id</p><button aria-labelledby="a b" aria-label="no">no</button>', "By id"),
        ('<button aria-label="By label" title="no">no</button>', "By label"),
        ('<label for=x>By for</label><input id=x placeholder="no">', "By for"),
        ("<label><input type=checkbox> Wrapped</label>", "Wrapped"),
        ("<label>Size <select><option>no</option></select></label>", "Size"),
        ('<input type=submit value="By value" title="no">', "By value"),
        ('<a href="/no" title="no">By content</a>', "By content"),
        ('<a href="/no"><img alt="By picture"></a>', "By picture"),
        ('<a href="/no" title="By title"></a>', "By title"),
        ('<input placeholder="By placeholder" name="no">', "By placeholder"),
        ("<li><input type=checkbox><span>Beside</span></li>", "Beside"),
        ('<a href="/mugs/red-mug.html?no#no"></a>', "red mug"),
        ("<button></button>", ""),
    ],
)
def test_order_of_what_names_a_control(page: str, name: str) -> None:
    assert names(page) == [name]


def test_label_text_puts_no_space_into_a_word_and_skips_controls() -> None:
    label = parse("<label>$<b>20</b>.99<div>new</div><select><option>no</option></select> tail</label>").find(
        ".//label"
    )
    assert label is not None and label_text(label) == "$20.99 new tail"
