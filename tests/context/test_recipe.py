"""What a recipe may say, which mistakes are told, and which recipe a page gets."""

import re
from pathlib import Path

import pytest
import yaml

from shopcart_assets.context.parse import parse
from shopcart_assets.context.recipe import Recipe, RecipeError, Rule, choose, load, shipped

PAGE = parse("<form id=gh-f><input id=gh-ac></form>")
OTHER = parse("<form id=f><input id=q></form>")


def test_the_shipped_recipes_load_and_are_known_by_name() -> None:
    assert [one.name for one in shipped()] == ["amazon", "ebay"]
    assert all(kind.rules and any(rule.must_hit for rule in kind.rules) for one in shipped() for kind in one.pages)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nversion: 1", "need a url or a selector"),
        ("name: x\nversion: 0\nselector: a", "version: Input should be greater"),
        ("name: x\nversion: 1\nselector: 'a:hover'", r"selector: .*cannot read ':hover'"),
        ("name: x\nversion: 1\nurl: '('", "url: "),
        ("name: x\nversion: 1\nselector: a\nscript: 1", "script: Extra inputs"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, name: Two words}]", "write 'two_words'"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, name: b, name_from: [text]}]", "two answers"),
        (
            "name: x\nversion: 1\nselector: a\nrules: [{select: a, name_from: [eval]}]",
            "'eval' is no source; known: text, ",
        ),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, name_from: ['text a:hover']}]", "cannot read ':hover'"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, text_from: [label]}]", "names an element"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, keep: [href]}]", "'href' is never written"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, do: drop, name: b}]", "what is dropped has no name"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, is_result: true}]", "a result needs name_from"),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a, number_format: '{} of {}'}]", "number_format: "),
        ("name: x\nversion: 1\nselector: a\nrules: [{select: a}, {select: b}, {select: a}]", "'a' stands twice"),
        ("name: [", "bad.yaml: "),
    ],
)
def test_a_mistake_in_a_recipe_names_the_file_and_the_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=r"bad\.yaml: ") as error:
        load(file)
    assert error.match(message)


def test_an_address_or_the_content_chooses_a_recipe() -> None:
    def name(page: object, url: str | None, wanted: str = "auto") -> str | None:
        chosen = choose(page, url, wanted)  # type: ignore[arg-type]
        return chosen.name if chosen else None

    assert name(OTHER, "https://www.amazon.co.uk/s?k=mug") == "amazon" == name(OTHER, "https://amazon.de/dp/B01")
    assert (
        name(OTHER, "https://www.ebay.com/itm/1") == "ebay" == name(PAGE, None) == name(PAGE, "https://mirror.example/")
    )
    assert name(OTHER, None) is None is name(OTHER, "https://amazon.com.shop.example/s") is name(PAGE, None, "none")
    assert name(OTHER, None, "amazon") == "amazon" and name(PAGE, "https://www.amazon.com/s") == "amazon"
    with pytest.raises(RecipeError, match="no recipe 'walmart'; known: amazon, ebay, auto, none"):
        choose(OTHER, None, "walmart")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.amazon.com/s?k=red+shoes", "search"),
        ("https://www.amazon.de/-/en/s?k=mug", "search"),
        ("https://www.amazon.com/Some-Mug/dp/B073WRF565/ref=sr_1_1", "product"),
        ("https://www.amazon.com/gp/product/B073WRF565", "product"),
        ("https://www.amazon.com/gp/cart/view.html?ref=nav_cart", None),
        ("https://www.amazon.com/stores/page?next=/s?k=mug", None),
    ],
)
def test_an_address_tells_the_kind_of_page(url: str, kind: str | None) -> None:
    recipe = choose(OTHER, url, "auto")
    assert recipe is not None
    found = recipe.kind_of(OTHER, url)
    assert (found.kind if found else None) == kind


def test_the_address_tells_the_kind_of_page_before_its_content() -> None:
    page = parse('<span id=productTitle>Mug</span><div data-component-type="s-search-result">Cup</div>')
    for url, kind in (("https://www.amazon.com/dp/B01", "product"), (None, "search")):
        recipe = choose(page, url, "amazon")
        found = recipe.kind_of(page, url) if recipe else None
        assert found and found.kind == kind


def test_a_recipe_is_immutable_data() -> None:
    recipe = Recipe(name="x", version=1, selector="a")
    with pytest.raises(ValueError, match="frozen"):
        recipe.version = 2


def test_the_guide_s_example_is_a_recipe_and_the_guide_names_every_field() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
    example = re.search(r"```yaml shop.yaml\n(.*?)```", guide, re.DOTALL)
    assert example and Recipe.model_validate(yaml.safe_load(example[1])).name == "shop"
    assert set(Rule.model_fields) <= set(re.findall(r"`(\w+)`", guide))
