"""Names of whole small pages: what a person who writes a policy would expect to read."""

from shopcart_assets.context.simplify import simplify


def names(page: str) -> list[str]:
    return [element.name for element in simplify(page, token_budget=0).names]


def card(title: str, href: str, more: str = "") -> str:
    return f'<li class="card"><a href="{href}"><img alt="{title}"></a><h3><a href="{href}">{title}</a></h3><span>$5</span>{more}</li>'


RESULTS = f"""<form><input type=search name=q><button>Go</button></form>
<ul>{card("Red Mug, 12 oz", "/p/1", "<button>Add to cart</button>")}{card("Blue Mug", "/p/2", "<button id=buy-now>Buy</button>")}</ul>
<nav aria-label="Pagination"><a href="?p=2" aria-label="Go to page 2">2</a><a href="?p=3">Next</a></nav>"""


def test_a_page_of_results_reads_as_in_the_paper() -> None:
    assert names(RESULTS) == [
        "search_input",
        "search_button",
        "search_results.red_mug_12_oz.view_product",
        "search_results.red_mug_12_oz.buy_now",
        "search_results.blue_mug.view_product",
        "search_results.blue_mug.buy_now",
        "pagination.2",
        "pagination.next",
    ]


def test_cards_beside_a_product_s_own_purchase_button_are_not_results() -> None:
    page = f"<h1>Green Mug</h1><button>Add to basket</button><section><h2>Also bought</h2><ul>{card('Red Mug', '/1')}{card('Tea', '/2')}</ul></section>"
    assert names(page) == ["buy_now", "also_bought.red_mug.view_product", "also_bought.tea.view_product"]


def test_a_single_result_in_a_labelled_list_is_one() -> None:
    assert names(f'<section class="search-results"><ul>{card("Red Mug", "/1")}</ul></section>') == [
        "search_results.red_mug.view_product"
    ]


def test_filters_are_named_by_their_group() -> None:
    page = """<aside aria-label="Filters"><h3>Customer Reviews</h3><label><input type=checkbox> 4 Stars & Up</label>
    <fieldset><legend>Color</legend><label><input type=checkbox>Red</label></fieldset>
    <h3><button>Price</button></h3><ul><li><a href="?p=1">Under $25</a><li><a href="?p=2">$25 to $50</a><li><a href="?p=3">Over $50</a></ul></aside>"""
    assert names(page) == [
        "refinements.customer_reviews.4_stars__up",
        "refinements.color.red",
        "refinements.price",
        "refinements.price.under_25",
        "refinements.price.25_to_50",
        "refinements.price.over_50",
    ]


def test_a_box_that_searches_among_filters_is_not_the_shop_s_search() -> None:
    page = '<input type=search name=q><div class=facets><h3>Brand</h3><input type=search placeholder="Search brands"></div>'
    assert names(page) == ["search_input", "refinements.brand.search_brands"]
    assert [element.role for element in simplify(page, token_budget=0).names] == ["searchbox", "textbox"]


def test_equals_are_told_apart_by_what_stays_and_then_by_ordinal() -> None:
    page = (
        '<a href="/men/shoes">Shop now</a><a href="/women/shoes-2">Shop now</a><button>Go</button><button>Go</button>'
    )
    assert names(page) == ["shop_now_shoes", "shop_now_shoes_2", "go", "go_2"]


def test_a_search_button_may_stand_before_its_box_in_a_form() -> None:
    assert names("<form><button>Buscar</button><input name=q></form>") == ["search_button", "search_input"]
    assert names("<button>Go</button><input name=q>") == ["go", "search_input"]


def test_what_was_typed_into_a_field_is_no_part_of_its_name() -> None:
    form = "<form><input name=q value='red shoes'><input type=submit value=Go></form>"
    assert names(form * 2) == ["search_input", "search_button", "search_input_2", "search_button_2"]
    assert names("<input aria-label=Quantity value=1><input aria-label=Quantity value=3>") == ["quantity", "quantity_2"]
    assert names("<button value=s>Size</button><button value=m>Size</button>") == ["size_s", "size_m"]


def test_two_ways_to_buy_both_end_in_buy_now() -> None:
    assert names("<button>Add to cart</button><button>Buy now</button>") == ["add_to_cart.buy_now", "buy_now"]


def test_equal_cards_get_different_names() -> None:
    found = names(f"<ul>{card('Mug', '/p/a1')}{card('Mug', '/p/b2')}{card('Mug', '/p/b2')}</ul>")
    assert found == [
        "search_results.mug_a1.view_product",
        "search_results.mug_b2.view_product",
        "search_results.mug_b2_2.view_product",
    ]


def test_a_menu_s_panel_with_a_picture_is_no_card() -> None:
    links = "".join(f"<a href=/{i}>Kind {i}</a>" for i in range(7))
    panel = (
        f"<li><a href=/top>Top</a><div>{links}<a href=/x>The longest of all the names in it</a><img alt=New></div></li>"
    )
    assert not any(name.startswith("the_longest") and "." in name for name in names(f"<ul>{panel * 3}</ul>"))


def test_a_help_page_about_carts_does_not_buy() -> None:
    assert names('<a href="/help">How to add to cart</a>') == ["how_to_add_to_cart"]


def test_a_box_in_a_link_is_the_link() -> None:
    assert names('<a href="?b=1"><label><input type=checkbox></label> Nike</a>') == ["nike"]


def test_landmarks_labels_and_captions_give_segments_at_most_two() -> None:
    page = """<nav aria-label="Main menu"><a href="/m">Mugs</a></nav><footer><section aria-label="Help"><div role=group aria-label="Orders">
    <a href="/t">Track</a></div></section></footer><table><caption>Cart</caption><tr><td><button>Remove</button></table>"""
    assert names(page) == ["main_menu.mugs", "help.orders.track", "cart.remove"]


def test_links_to_one_address_that_say_something_else_keep_their_names() -> None:
    page = (
        "<ul><li><a href='/s?sort=price'>Bulbrite</a><li><a href='/s?sort=price'>Antique Light Bulb Co</a>"
        "<li><a href='/s?sort=price'>Antique Light</a><li><a href='/s?sort=price'><img src=x></a></ul>"
    )
    assert {one.name for one in simplify(page, token_budget=0).names} == {"bulbrite", "antique_light_bulb_co"}
