"""One page: HTML in, the context that a model sees out, with the names of what can be acted on and of what was acted on."""

import json
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.context.accname import Labels
from shopcart_assets.context.build import build
from shopcart_assets.context.cards import mark_cards
from shopcart_assets.context.names import name_controls
from shopcart_assets.context.nodes import Node, part, text_of
from shopcart_assets.context.parse import Element, PageError, parse, title_of
from shopcart_assets.context.paths import Paths
from shopcart_assets.context.prune import fit
from shopcart_assets.context.ready import is_ready, scopes_of, take_names
from shopcart_assets.context.recipe import AUTO, NONE, choose
from shopcart_assets.context.roles import TYPED
from shopcart_assets.context.rules import RecipeHit, Ruler
from shopcart_assets.context.settle import UNRESOLVED, Resolution, Settler
from shopcart_assets.context.targets import Locator, Target
from shopcart_assets.platform.collector import collector_paused
from shopcart_assets.privacy.parsing import decode_bytes

_KINDS = {"select": "select", "checkbox": "check", "radio": "check"}
_ELEMENT_KEYS = ("name", "kind", "tag", "text", "xpath")


@dataclass(frozen=True, slots=True)
class NamedElement:
    """Something on the page that can be acted on. `tag` and `xpath` are those of its element in the page that was given.

    `xpath` is empty where paths were not asked for.
    """

    name: str
    role: str
    position: int
    tag: str
    text: str
    xpath: str

    @property
    def kind(self) -> str:
        """What is done with it: click, type, select or check."""
        return "type" if self.role in TYPED else _KINDS.get(self.role, "click")


@dataclass(frozen=True)
class Page:
    """A simplified page. `resolved` holds one resolution for each target that was asked for, in the same order.

    `recipe` is the name of the recipe that the page has, or "none"; `recipe_hits` says how often its selectors hit.
    """

    title: str
    html: str
    names: tuple[NamedElement, ...]
    context_tokens: int
    n_pruned: int
    resolved: tuple[Resolution, ...] = ()
    recipe: str = NONE
    recipe_hits: tuple[RecipeHit, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of how this page was made, one sentence each."""
        rotten = [hit for hit in self.recipe_hits if hit.must_hit and not hit.n_hits]
        pruned = f"{self.n_pruned} elements were left out to keep the token budget"
        return (
            *([pruned] if self.n_pruned else []),
            *(f"recipe {hit.recipe} {hit.version}: {hit.selector} hits nothing on this page" for hit in rotten),
        )


@collector_paused()
def simplify(
    html: str | bytes,
    *,
    token_budget: int,
    targets: Sequence[Target] = (),
    url: str | None = None,
    recipe: str = AUTO,
    is_context: bool | None = None,
    with_paths: bool = False,
) -> Page:
    """The page's context of at most `token_budget` tokens (0 = no budget), in which every resolved target stands.

    `recipe` is a recipe's name, `auto` (the page's `url` or content chooses) or `none`. `is_context` says whether the page is a
    context already, whose names are kept and of which nothing is hidden; None: see by itself whether it is one of ours. Of names
    that stand twice the first element has it, and stands for the others. Equal inputs give equal pages, and a context given in
    again keeps its names. `with_paths` says whether the elements' XPaths are wanted, too: they take a tenth more time. Raises PageError where the page cannot be read, RecipeError for an unknown recipe.
    """
    text = decode_bytes(html) if isinstance(html, bytes) else html
    root = parse(text)
    is_ours = is_context is None and is_ready(text, root)
    is_context = is_ours or bool(is_context)
    scopes: Set[Element] = scopes_of(root) if is_ours else frozenset()
    locator = Locator(root, is_context)
    hits = [locator.locate(target) for target in targets]
    chosen = choose(root, url, NONE if is_context else recipe, text=text)
    ruler = Ruler(chosen, chosen.kind_of(root, url, text)) if chosen else None
    body, controls = build(root, frozenset(hit[0] for hit in hits if hit), is_context, ruler, scopes)
    if is_context:
        take_names(controls)
    else:
        labels = Labels(root)
        groups = mark_cards(body, controls, labels)
        name_controls(body, [node.card for group in groups for node in group if node.card], labels)
    settle = Settler(controls, root)
    resolved = tuple(settle(*hit) if hit else UNRESOLVED for hit in hits)
    named = [node for node in controls if node.name]
    acted_on = {resolution.name for resolution in resolved}
    for node in named:
        node.is_target = node.name in acted_on
    title = title_of(root)
    html, context_tokens = fit(title, body, token_budget)
    shown = [node for node in body.shown() if node.name and node.role]
    names = tuple(_elements(shown, Paths() if with_paths else lambda _: ""))
    part(body)
    used = (chosen.name, tuple(ruler.hits())) if chosen and ruler else (NONE, ())
    return Page(title, html, names, context_tokens, len(named) - len(shown), resolved, *used)


def _elements(shown: Sequence[Node], path_to: Callable[[Element], str]) -> Iterator[NamedElement]:
    for position, node in enumerate(shown, start=1):
        source = node.source
        yield NamedElement(str(node.name), str(node.role), position, str(source.tag), text_of(node), path_to(source))


def to_json(page: Page) -> str:
    """The page as the command line prints it: {"html", "title", "recipe", "tokens", "elements", "warnings"}.

    An element is {"name", "kind", "tag", "text", "xpath"}; the path leads to it in the tree that lxml makes of the page.
    """
    fields = {
        "html": page.html,
        "title": page.title,
        "recipe": page.recipe,
        "tokens": page.context_tokens,
        "elements": [{key: getattr(one, key) for key in _ELEMENT_KEYS} for one in page.names],
        "warnings": page.warnings,
    }
    return json.dumps(fields, ensure_ascii=False)


def simplify_file(path: Path, *, token_budget: int, url: str | None = None, recipe: str = AUTO) -> Page:
    """The page in a file. Raises PageError that names the file where it cannot be read."""
    try:
        return simplify(path.read_bytes(), token_budget=token_budget, url=url, recipe=recipe, with_paths=True)
    except (PageError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PageError(f"{path}: {reason}", error.reason if isinstance(error, PageError) else "") from error
