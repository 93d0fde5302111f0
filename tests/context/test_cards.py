from shopcart_assets.context.accname import Labels
from shopcart_assets.context.build import build
from shopcart_assets.context.cards import mark_cards
from shopcart_assets.context.parse import parse
from shopcart_assets.context.patterns import PRICE


def groups(page: str) -> list[list[tuple[str, bool, bool]]]:
    root = parse(page)
    body, controls = build(root)
    found = mark_cards(body, controls, Labels(root))
    return [
        [(node.card.title, node.card.is_product, node.card.is_result) for node in group if node.card] for group in found
    ]


def test_a_menu_of_links_has_no_cards() -> None:
    assert groups("<ul><li><a href=/1>Mugs</a><li><a href=/2>Plates</a><li><a href=/3>Cups</a></ul>") == []


def test_a_price_of_millions_is_one_and_a_run_of_digits_is_none() -> None:
    assert PRICE.search("nur 1.234.567,89 €") and PRICE.search("1.0" * 9 + " kr") and not PRICE.search("1.0" * 9)


def test_the_innermost_group_wins_over_rows_of_products() -> None:
    row = (
        "<div class=row>"
        + "".join(f"<div class=item><a href=/{i}>Mug {i}</a><p>${i}</p></div>" for i in range(3))
        + "</div>"
    )
    assert [len(group) for group in groups(row * 3)] == [3, 3, 3]


def test_two_are_enough_only_where_each_has_a_heading_link() -> None:
    headed = "<article><h2><a href=/{0}>Mug {0}</a></h2><p>$5</p></article>"
    plain = "<article><a href=/{0}>Mug {0}</a><p>$5</p></article>"
    assert groups(headed.format(1) + headed.format(2)) == [[("Mug 1", True, True), ("Mug 2", True, True)]]
    assert groups(plain.format(1) + plain.format(2)) == []


def test_the_labelled_list_and_not_the_largest_is_the_results() -> None:
    def items(n: int) -> str:
        return "".join(f"<li><h3><a href=/{n}{i}>Mug {n}{i}</a></h3>$5</li>" for i in range(n))

    found = groups(f"<ul>{items(5)}</ul><div id=search-results><ul>{items(2)}</ul></div>")
    assert [group[0][2] for group in found] == [False, True]


def test_a_brand_heading_without_a_link_does_not_name_the_card() -> None:
    items = "".join(f"<li><h5>Brand</h5><h2><a href=/{i}>Mug {i}</a></h2>$5</li>" for i in range(2))
    assert [card[0] for card in groups(f"<ul>{items}</ul>")[0]] == ["Mug 0", "Mug 1"]


def test_a_price_a_count_a_rating_or_a_delivery_is_no_title() -> None:
    card = (
        "<li><a href=/{0}><img alt='Mug no. {0}'></a><a href=/r{0}>4.6 out of 5 stars, 12,160 ratings</a>"
        "<a href=/{0}>12,160</a><a href=/{0}>$1{0}.99</a><a href=/{0}>FREE delivery Tuesday, July {0}</a></li>"
    )
    (group,) = groups(f"<ul>{''.join(card.format(i) for i in range(3, 7))}</ul>")
    assert [title for title, _, _ in group] == ["Mug no. 3", "Mug no. 4", "Mug no. 5", "Mug no. 6"]
