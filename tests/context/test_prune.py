import re

import pytest

from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.tokens import estimate_tokens

CARD = "<li><h3><a href=/p/{0} data-eid=c{0}>Mug number {0}</a></h3><p>$5</p></li>"
PAGE = f"""<header><nav>{"".join(f"<a href=/n{i}>Department {i}</a>" for i in range(40))}</nav>
<form><input type=search name=q><button>Go</button></form></header>
<select aria-label=Size>{"".join(f"<option>{i}" for i in range(60))}</select>
<ul>{"".join(CARD.format(i) for i in range(60))}</ul><p>{"word " * 3000}</p>
<footer>{"".join(f"<a href=/f{i} data-eid=f{i}>Legal {i}</a>" for i in range(40))}</footer>"""


@pytest.mark.parametrize("budget", [150, 400, 1_500, 3_000])
def test_a_page_keeps_its_budget_its_search_box_and_its_targets(budget: int) -> None:
    targets = [Target(node_id="c57"), Target(node_id="f30")]
    page = simplify(PAGE, token_budget=budget, targets=targets)
    assert page.context_tokens == estimate_tokens(page.html) <= budget
    names = {element.name for element in page.names}
    assert [one.resolved_by for one in page.resolved] == ["node_id", "node_id"]
    assert {one.name for one in page.resolved} | {"search_input", "search_button"} <= names
    assert all(f'name="{name}"' in page.html for name in names)
    whole = simplify(PAGE, token_budget=0)
    assert page.n_pruned == len(whole.names) - len(page.names) > 0


def test_the_footer_goes_before_menus_and_results_and_the_text_says_so() -> None:
    whole = simplify(PAGE, token_budget=0)
    page = simplify(PAGE, token_budget=whole.context_tokens - 50)
    assert "Legal" not in page.html and "... 40 more" in page.html
    assert "Department 39" in page.html and "Mug number 59" in page.html


def test_a_header_that_is_most_of_the_page_goes_from_its_end_and_no_further_than_it_must() -> None:
    menu = "".join(f"<li><a href=/d{i}>Department {i}</a>" for i in range(300))
    page = f"<header><form><input type=search name=q></form><ul>{menu}</ul></header><h1>Help</h1><p>How to pay</p>"
    pruned = simplify(page, token_budget=2_000)
    shown = [i for i in range(300) if f">Department {i}<" in pruned.html]
    assert 1_800 < pruned.context_tokens <= 2_000 and shown == list(range(len(shown)))
    assert sum(map(int, re.findall(r"\.\.\. (\d+) more", pruned.html))) == 300 - len(shown)
    assert "How to pay" in pruned.html


def test_later_results_go_last_first() -> None:
    page = simplify(f"<ul>{''.join(CARD.format(i) for i in range(60))}</ul>", token_budget=900)
    shown = [i for i in range(60) if f">Mug number {i}<" in page.html]
    assert shown == list(range(len(shown))) and f"... {60 - len(shown)} more" in page.html


def test_no_budget_leaves_all_in() -> None:
    page = simplify(PAGE, token_budget=0)
    assert page.n_pruned == 0 and " more" not in page.html


def test_one_endless_text_fits_too() -> None:
    assert simplify("<p>" + "word " * 200_000 + "</p>", token_budget=200).context_tokens <= 200


@pytest.mark.parametrize(
    "page",
    [
        "<label>" + "<label>".join(f"Some words that stand in label {i}" for i in range(1_500)),
        "<input type=search><button>Buy now</button>" * 900,
        "<p>" + "</p><p>".join("short text" for _ in range(9_000)),
    ],
)
def test_a_page_of_nothing_but_short_texts_or_needed_things_fits_too(page: str) -> None:
    assert simplify(page, token_budget=1_000).context_tokens <= 1_000


FILTERS = "".join(
    f"<fieldset><legend>Filter {n}</legend>{''.join(f'<label><input type=checkbox>Value {n} {i}</label>' for i in range(7))}</fieldset>"
    for n in range(30)
)


def test_a_search_page_keeps_results_when_filters_stand_before_them_and_text_behind() -> None:
    results = "".join(CARD.format(i) for i in range(40))
    page = f"<div class=filters>{FILTERS}</div><div id=results><ul>{results}</ul></div><p>{'<b>Legal</b> words. ' * 900}</p>"
    pruned = simplify(page, token_budget=1_500)
    names = [element.name for element in pruned.names]
    assert sum(name.startswith("search_results.") for name in names) >= 5
    assert pruned.context_tokens <= 1_500


@pytest.mark.parametrize(
    "target",
    [
        f"<a href=/x data-eid=t>{'endless ' * 9_000}</a>",
        f"<a href=/x data-eid=t>Mug {'<b>endless</b><br>' * 4_000}</a>",
        f"<input data-eid=t aria-label=Mug value='{'x ' * 50_000}'>",
        f"<select data-eid=t aria-label=Mug>{'<option>endless' * 4_000}</select>",
    ],
)
def test_a_target_of_endless_text_stays_and_its_text_is_cut_last(target: str) -> None:
    page = simplify(f"<p>{'word ' * 9_000}</p>{target}<p>end</p>", token_budget=800, targets=[Target(node_id="t")])
    assert page.context_tokens <= 800 and [element.name for element in page.names] == [page.resolved[0].name]


def test_one_endless_text_costs_no_link_its_place() -> None:
    page = f"<a href=/1>one</a><p>{'endless ' * 90_000}</p><a href=/2>{'two ' * 90_000}</a><a href=/3>three</a>"
    names = [element.name for element in simplify(page, token_budget=5_500).names]
    assert names[0] == "one" and names[-1] == "three" and len(names) == 3
