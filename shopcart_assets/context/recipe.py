"""Recipes: what one site's pages are made of, as data. A recipe names containers and elements by selector, and says what is written.

How a rule is applied to nodes is `rules`' business; here is what a recipe may say, and which one a page gets.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from shopcart_assets.context.css import SelectorError, compile_css, first_in, may_match
from shopcart_assets.context.parse import Element
from shopcart_assets.context.slug import segment

FOLDER = Path(__file__).parent / "recipes"
AUTO, NONE = "auto", "none"
# What a rule may write on an element, in the order in which it is written.
WRITABLE = (
    "value",
    "alt",
    "type",
    "role",
    "placeholder",
    "aria-label",
    "checked",
    "selected",
    "disabled",
    "class",
)

_ALONE, _WITH_SELECTOR = ("text", "label", "accessible_name"), ("text", "label", "before")
_ATTRIBUTE = re.compile(r"@[a-z-]+")


class RecipeError(ValueError):
    """A recipe that does not exist or cannot be read. The message says which, and what is wrong."""


def _is_selector(text: str) -> str:
    compile_css(text)
    return text


def _is_source(text: str) -> str:
    kind, _, selector = text.partition(" ")
    if (kind not in _WITH_SELECTOR if selector else text not in _ALONE) and not _ATTRIBUTE.fullmatch(text):
        raise ValueError(
            f"{text!r} is no source; known: {', '.join((*_ALONE, '@ATTRIBUTE'))}, and with a SELECTOR {', '.join(_WITH_SELECTOR)}"
        )
    if selector:
        compile_css(selector)
    return text


def _is_text_source(text: str) -> str:
    if not text.startswith(("text", "@")):
        raise ValueError(f"{text!r} names an element; what is read in it is text, text SELECTOR or @ATTRIBUTE")
    return _is_source(text)


def _is_writable(text: str) -> str:
    if text not in WRITABLE:
        raise ValueError(f"{text!r} is never written; known: {', '.join(WRITABLE)}")
    return text


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


def _is_segment(text: str) -> str:
    cleaned = ".".join(map(segment, text.split(".")))
    if cleaned != text or not all(text.split(".")):
        raise ValueError(f"{text!r} is not a segment of a name, nor several joined by dots: write {cleaned!r}")
    return text


Selector = Annotated[str, AfterValidator(_is_selector)]
# Where a name or text comes from: `text` is what the element shows, `text SELECTOR` what is in the first match in it,
# `before SELECTOR` what is in the nearest match before it, `label SELECTOR` what is in the first match in its label,
# `label` what aria attributes call it, `accessible_name` what a screen reader would, `@title` an attribute.
Source = Annotated[str, AfterValidator(_is_source)]
TextSource = Annotated[str, AfterValidator(_is_text_source)]
Attribute = Annotated[str, AfterValidator(_is_writable)]
Pattern = Annotated[str, AfterValidator(_is_pattern)]
Segment = Annotated[str, AfterValidator(_is_segment)]
Role = Literal["link", "button", "checkbox", "radio", "select", "textbox", "searchbox", "option"]

Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]
Format = Annotated[str, Field(pattern=r"^[^{}]*\{\}[^{}]*$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Data):
    """What becomes of the elements that `select` matches. Of several rules that match one, the first in the recipe counts.

    A segment is fixed (`name`) or the first of `name_from` that says something. An element that can be acted on is named by
    it, anything else gives it to all that it holds; `writes_name` says that it is written on a container, too.
    """

    select: Selector
    do: Literal["write", "unwrap", "drop"] = "write"
    tag: Tag | None = None
    role: Role | None = None
    name: Segment | None = None
    name_from: tuple[Source, ...] = ()
    writes_name: bool = False
    is_root: bool = False  # its segment starts names, whatever named containers it stands in
    is_result: bool = False
    told_apart_by: tuple[Source, ...] = ()  # what results of one title get, too
    keep: tuple[Attribute, ...] = ()
    attributes: dict[Attribute, str] = {}
    text_from: tuple[TextSource, ...] = ()
    delete: str = ""  # characters that its text loses
    number_format: Format | None = None  # `{} reviews`: the first number in its text, as the paper prints it
    ends_with_checkbox: bool = False
    must_hit: bool = False

    @property
    def is_named(self) -> bool:
        """Whether it gives a segment."""
        return bool(self.name or self.name_from)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.name and self.name_from:
            raise ValueError(f"{self.select}: name and name_from are two answers to one question")
        if self.do == "drop" and (self.is_named or self.role or self.tag):
            raise ValueError(f"{self.select}: what is dropped has no name, role or tag")
        if self.is_result and not self.name_from:
            raise ValueError(f"{self.select}: a result needs name_from, its title")
        return self


class _Chosen(_Data):
    """What an address or an element of the page chooses."""

    url: Pattern | None = None
    selector: Selector | None = None

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Self:
        if self.url is None and self.selector is None:
            raise ValueError("a recipe and each of its kinds of pages need a url or a selector to be chosen by")
        return self

    def is_chosen(self, root: Element, url: str | None, text: str | None = None) -> bool:
        """Whether the page's address or content chooses it; a selector is looked for only where the page's text may have it."""
        if self.is_chosen_by(url):
            return True
        if self.selector is None or (text is not None and not may_match(text, self.selector)):
            return False
        return first_in(root, self.selector) is not None

    def is_chosen_by(self, url: str | None) -> bool:
        """Whether the address alone does."""
        return self.url is not None and url is not None and re.search(self.url, url) is not None


class PageKind(_Chosen):
    """Rules for one kind of the site's pages."""

    kind: str
    rules: tuple[Rule, ...]


class Recipe(_Chosen):
    """One site. `drop` is what the site hides by its own classes; `rules` hold on every page, behind those of the page's kind."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    drop: tuple[Selector, ...] = ()
    rules: tuple[Rule, ...] = ()
    pages: tuple[PageKind, ...] = ()

    def kind_of(self, root: Element, url: str | None, text: str | None = None) -> PageKind | None:
        """Its kind of page by the address, else by content; None where it is another page of the site."""
        by_url = next((one for one in self.pages if one.is_chosen_by(url)), None)
        return by_url or next((one for one in self.pages if one.is_chosen(root, url, text)), None)

    @model_validator(mode="after")
    def _says_once(self) -> Self:
        common = [*self.drop, *(rule.select for rule in self.rules)]
        for said in (
            common,
            *([rule.select for rule in one.rules] for one in self.pages),
            [one.kind for one in self.pages],
        ):
            if twice := next((one for one, n in Counter(said).items() if n > 1), None):
                raise ValueError(f"{twice!r} stands twice: the second is never reached")
        return self


def load(path: Path) -> Recipe:
    """The recipe in a YAML file. Raises RecipeError that names the file and what is wrong in it."""
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RecipeError(f"{path.name}: {where}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, SelectorError) as error:
        raise RecipeError(f"{path.name}: {error}") from error


@cache
def shipped() -> tuple[Recipe, ...]:
    """The recipes of this project, by name."""
    return tuple(sorted(map(load, FOLDER.glob("*.yaml")), key=lambda one: one.name))


@cache
def written_classes() -> frozenset[str]:
    """The classes that the shipped recipes write into contexts."""
    rules = (rule for one in shipped() for rule in (*one.rules, *(each for kind in one.pages for each in kind.rules)))
    return frozenset(rule.attributes["class"] for rule in rules if "class" in rule.attributes)


def choose(
    root: Element, url: str | None, wanted: str, recipes: Sequence[Recipe] | None = None, text: str | None = None
) -> Recipe | None:
    """The recipe called `wanted`; for `auto` the one that the page's address or content chooses, if any; for `none` none.

    An address decides alone where it has a recipe; else content does, which is faster with the page's `text` at hand. Raises RecipeError for a name that no recipe has.
    """
    known = shipped() if recipes is None else recipes
    if wanted == NONE:
        return None
    if wanted != AUTO:
        for one in known:
            if one.name == wanted:
                return one
        raise RecipeError(f"no recipe {wanted!r}; known: {', '.join([one.name for one in known])}, {AUTO}, {NONE}")
    by_url = next((one for one in known if one.is_chosen_by(url)), None)
    return by_url or next((one for one in known if one.is_chosen(root, url, text)), None)
