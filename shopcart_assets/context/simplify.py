"""One page: HTML in, the context that a model sees out, with the names of what can be acted on and of what was acted on."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from shopcart_assets.context.accname import Labels
from shopcart_assets.context.build import build
from shopcart_assets.context.cards import mark_cards
from shopcart_assets.context.names import name_controls
from shopcart_assets.context.nodes import Node
from shopcart_assets.context.parse import PageError, parse, title_of
from shopcart_assets.context.prune import fit
from shopcart_assets.context.ready import is_ready, take_names
from shopcart_assets.context.settle import UNRESOLVED, Resolution, Settler
from shopcart_assets.context.targets import Locator, Target
from shopcart_assets.privacy.parsing import decode_bytes


@dataclass(frozen=True)
class NamedElement:
    """Something on the page that can be acted on."""

    name: str
    role: str
    position: int


@dataclass(frozen=True)
class Page:
    """A simplified page. `resolved` holds one resolution for each target that was asked for, in the same order."""

    title: str
    html: str
    names: tuple[NamedElement, ...]
    context_tokens: int
    n_pruned: int
    resolved: tuple[Resolution, ...] = ()


def simplify(
    html: str | bytes, *, token_budget: int, targets: Sequence[Target] = (), is_context: bool | None = None
) -> Page:
    """The page's context of at most `token_budget` tokens (0 = no budget), in which every resolved target stands.

    `is_context` says whether the page is a context already, whose names are kept and of which nothing is hidden; None: see by
    itself whether it is one of ours. Of names that stand twice the first element has it, and stands for the others. Equal inputs give equal pages, and a context given in again keeps its names. Raises PageError where the page cannot be read.
    """
    text = decode_bytes(html) if isinstance(html, bytes) else html
    root = parse(text)
    if is_context is None:
        is_context = is_ready(text, root)
    locator = Locator(root, is_context)
    hits = [locator.locate(target) for target in targets]
    body, controls = build(root, frozenset(hit[0] for hit in hits if hit), is_context)
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
    names, n_pruned = _names(body, named)
    return Page(title, html, names, context_tokens, n_pruned, resolved)


def _names(body: Node, named: list[Node]) -> tuple[tuple[NamedElement, ...], int]:
    """What is named in the context, and how many more there were before pruning."""
    shown = [node for node in body.shown() if node.name]
    return tuple(NamedElement(str(node.name), str(node.role), at) for at, node in enumerate(shown, start=1)), len(
        named
    ) - len(shown)


def to_json(page: Page) -> str:
    """The page as the command line prints it: {"title", "html", "names", "context_tokens"}."""
    fields = {
        "title": page.title,
        "html": page.html,
        "names": [asdict(element) for element in page.names],
        "context_tokens": page.context_tokens,
    }
    return json.dumps(fields, ensure_ascii=False)


def simplify_file(path: Path, *, token_budget: int) -> Page:
    """The page in a file. Raises PageError that names the file where it cannot be read."""
    try:
        return simplify(path.read_bytes(), token_budget=token_budget)
    except (PageError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PageError(f"{path}: {reason}", error.reason if isinstance(error, PageError) else "") from error
