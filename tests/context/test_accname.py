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
        ('<a href="/no"><svg aria-label="By icon"><path></svg></a>', "By icon"),
        ('<a href="/no"><i title="By inner title"></i></a>', "By inner title"),
        ('<button><span role=img aria-label="By inner label"></span></button>', "By inner label"),
        ('<label><input type=radio name=no><img alt="By label picture"></label>', "By label picture"),
        ('<label aria-label="By label label"><input type=radio name=no></label>', "By label label"),
        ('<label title="By label title"><input type=radio name=no></label>', "By label title"),
        ('<p id=f>file</p><button id=b aria-label=Delete aria-labelledby="b f">no</button>', "Delete file"),
        ("<button></button>", ""),
    ],
)
def test_order_of_what_names_a_control(page: str, name: str) -> None:
    assert names(page) == [name]


def test_what_is_in_a_control_is_called_as_in_it_and_not_around_it() -> None:
    assert names("<div onclick=x><button><i title=Zoom></i></button></div>") == ["", "Zoom"]


def test_label_text_puts_no_space_into_a_word_and_skips_controls() -> None:
    label = parse("<label>$<b>20</b>.99<div>new</div><select><option>no</option></select> tail</label>").find(
        ".//label"
    )
    assert label is not None and label_text(label) == "$20.99 new tail"
