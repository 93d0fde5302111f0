"""The sweep: what it takes, what it only tells, and that its short way tells the same zones."""

from lxml import etree

from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import rules_of
from shopcart_assets.privacy.sweep import Swept, sweep

ANN = Pseudonyms(b"secret", "ann")
PAGE = b"""<body><script>x</script><div data-user=ann onclick=x style="color:red; display:none" class=user-greeting>Hello, Ann</div>
<a href="/x?sid=9&amp;k=a" title='{"customer": "Ann"}'>call (212) 664-7665</a><input name=email value=ann@example.com><p title="Deliver to Ann">x</p></body>"""


def _swept(only_zones: bool = False) -> tuple[etree._Element, Swept]:
    root = parse(PAGE)
    return root, sweep(root, rules_of(""), ANN, only_zones)


def test_state_addresses_and_styles_are_reduced() -> None:
    root, _ = _swept()
    kept = {str(one.tag): dict(one.items()) for one in root.iter("div", "a", "script")}
    assert kept == {"script": {}, "div": {"style": "display:none", "class": "user-greeting"}, "a": {"href": "/x?k=a"}}
    assert next(root.iter("script")).text is None


def test_zones_fields_and_texts_to_look_at_are_told_in_the_order_of_the_page() -> None:
    _, swept = _swept()
    assert [(one.tag, zone.zone) for one, zone in swept.zones] == [("div", "greeting")]
    assert [(one.tag, where) for one, where in swept.hits] == [
        ("div", "text"),
        ("a", "text"),
        ("input", "@value"),
        ("p", "@title"),
    ]
    assert swept.typed == {"ann@example.com": ANN.placeholder("email", "ann@example.com")}


def test_the_short_way_tells_the_same_zones_and_fields() -> None:
    whole, short = _swept()[1], _swept(only_zones=True)[1]
    assert [zone for _, zone in whole.zones] == [zone for _, zone in short.zones] and whole.typed == short.typed
    assert {(one.tag, where) for one, where in short.hits} == {("div", "text"), ("p", "@title")}
