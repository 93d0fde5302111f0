"""Nodes to HTML text, sparing with tokens: no indentation, no attribute that says nothing, wrappers only where they mean something."""

from html import escape

from shopcart_assets.context.nodes import Node, text_of, words_of
from shopcart_assets.context.recipe import WRITABLE, Rule
from shopcart_assets.context.roles import BY_ARIA, is_called_search
from shopcart_assets.context.slug import segment

# Every attribute that a context may carry. `name` comes first: it is what a model answers with.
# `class` is written where a recipe says so.
ATTRIBUTES = ("name", *WRITABLE)
_GENERIC = tuple(key for key in ATTRIBUTES if key != "class")
ATTRIBUTE_CHARACTERS = 1_000
PREFIX = "<html><head><title>"
_WRITTEN = frozenset(_GENERIC)
_STATES = frozenset(("checked", "selected", "disabled"))
_ROLES = frozenset((*BY_ARIA, "search", "dialog", "alert", "heading"))
_OWN_ROLE = frozenset(("input", "select", "textarea"))
_NATIVE_ROLES = {"a": "link", "button": "button", "summary": "button"}
_UNWRITTEN_VALUES = frozenset(("checkbox", "radio", "password", "file", "image"))


def emit(title: str, body: Node) -> str:
    """The whole context. Sets `n_characters` on every node: the length of what it became."""
    writer = _Writer()
    writer.node(body)
    return f"{PREFIX}{escape(title, quote=False)}</title></head><body>{''.join(writer.pieces)}</body></html>"


class _Writer:
    """Collapses white space while it writes: a space is written only between two things on the same line."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._length = 0
        self._is_line_start = True
        self._is_space_due = False

    def node(self, node: Node) -> None:
        start = self._length
        tag, attributes = _start(node)
        if tag is None:
            if node.same_as is None or node.n_controls > 1 or _says_more(node):
                is_block = node.is_block
                self._is_space_due |= is_block
                self._children(node)
                self._is_space_due |= is_block
        elif tag not in ("img", "input"):
            self._element(node, tag, attributes)
        elif tag == "input" or node.name or node.attributes.get("alt", "").strip():
            self._put(f"<{tag}{attributes}>")
        node.n_characters = self._length - start

    def _element(self, node: Node, tag: str, attributes: str) -> None:
        before = len(self.pieces), self._length, self._is_line_start, self._is_space_due
        is_block = node.is_block
        self._open(f"<{tag}{attributes}>", is_block)
        inside = self._length
        self._children(node)
        if self._length > inside or (node.name and node.role):
            self._close(f"</{tag}>", is_block)
        else:
            n_pieces, self._length, self._is_line_start, self._is_space_due = before
            del self.pieces[n_pieces:]

    def _children(self, node: Node) -> None:
        for child in node.children:
            if child == " ":
                self._is_space_due = True
            elif isinstance(child, str):
                self._words(child)
            elif not child.is_left_out:
                self.node(child)
        if node.n_left_out:
            self._words(f" ... {node.n_left_out} more ")

    def _words(self, text: str) -> None:
        words = " ".join(text.split())
        if words:
            self._is_space_due |= text[0].isspace()
            self._put(escape(words, quote=False))
            self._is_space_due = text[-1].isspace()
        else:
            self._is_space_due |= bool(text)

    def _put(self, piece: str) -> None:
        if self._is_space_due and not self._is_line_start:
            piece = f" {piece}"
        self._write(piece)
        self._is_line_start = self._is_space_due = False

    def _open(self, markup: str, is_block: bool) -> None:
        if not is_block and self._is_space_due and not self._is_line_start:
            markup = f" {markup}"
            self._is_line_start = True
        self._write(markup)
        self._is_line_start |= is_block
        self._is_space_due = False

    def _close(self, markup: str, is_block: bool) -> None:
        # A space before an inline end tag moves behind it; beside a block it is not shown at all.
        self._write(markup)
        self._is_line_start = is_block
        self._is_space_due &= not is_block

    def _write(self, piece: str) -> None:
        self.pieces.append(piece)
        self._length += len(piece)


def _start(node: Node) -> tuple[str | None, str]:
    """The tag to write and what stands in it; None where the node is only a wrapper, or a control that another one's name stands for."""
    rule = node.rule
    if rule is not None and not (node.same_as and rule.is_named):
        return (None, "") if rule.do == "unwrap" else (node.tag, _attributes(node))
    if node.name is None and (node.role or node.tag == "a") and node.tag != "input":
        return None, ""
    attributes = _attributes(node)
    if node.is_structure:
        return node.tag, attributes
    return ("div" if node.card or (attributes and node.tag != "body") else None), attributes


def _attributes(node: Node) -> str:
    given, rule = node.attributes, node.rule
    if rule is not None and (rule.keep or rule.attributes or not node.role):
        return _ruled_attributes(node, rule)
    # Most nodes have classes and ids only, which say nothing to a model.
    if _WRITTEN.isdisjoint(given):
        if node.name is None:
            return ""
        role = _role(node)
        return f"{_written('name', node.name)}{_written('role', role) if role else ''}"
    pieces = []
    for key in _GENERIC:
        value = node.name if key == "name" else _role(node) if key == "role" else given.get(key)
        if value is None or not (value.strip() or key in _STATES):
            continue
        if key in _STATES:
            pieces.append(f" {key}")
        elif key == "name" or _is_written(node, key, value):
            pieces.append(_written(key, value))
    return "".join(pieces)


def _written(key: str, value: str) -> str:
    return f' {key}="{escape(" ".join(value[:ATTRIBUTE_CHARACTERS].split()))}"'


def _ruled_attributes(node: Node, rule: Rule) -> str:
    """What the recipe says, and nothing else."""
    values = {key: node.attributes[key] for key in rule.keep if node.attributes.get(key, "").strip() or key in _STATES}
    values = {"name": node.name if node.name and (node.role or _begins_names(node)) else ""} | values | rule.attributes
    written = [(key, values[key]) for key in ATTRIBUTES if key in values and (values[key] or key in _STATES)]
    return "".join(
        f" {key}" if key in _STATES and key in values else f' {key}="{escape(" ".join(value.split()))}"'
        for key, value in written
    )


def _begins_names(container: Node) -> bool:
    """Whether a name that is shown in it starts with the container's: without one it would read as something to act on."""
    return any((inner.name or "").startswith(f"{container.name}.") for inner in container.shown())


def _role(node: Node) -> str | None:
    """The role, where the tag does not say it."""
    given = node.attributes.get("role")
    if node.role is None or node.name is None or node.is_given:
        return given if given in _ROLES else None
    if node.tag == "input" and node.role == "textbox" and is_called_search(node.name):
        return node.role
    if node.tag in _OWN_ROLE or node.role == _NATIVE_ROLES.get(node.tag):
        return None
    return given if given in BY_ARIA else node.role


def _is_written(node: Node, key: str, value: str) -> bool:
    """Whether the attribute tells something that the rest of the element does not."""
    if key == "value":
        return node.tag == "input" and node.attributes.get("type", "").lower() not in _UNWRITTEN_VALUES
    if key == "type":
        return node.tag == "input" and value.lower() != "text"
    if key == "placeholder":
        return not node.attributes.get("value")
    if key == "aria-label":
        return segment(value) not in segment(f"{text_of(node)} {node.attributes.get('placeholder', '')}")
    return key != "alt" or node.tag in ("img", "input")


def _says_more(link: Node) -> bool:
    """Whether a control that shares another's name shows text that the other does not, or is a part of the other."""
    said = segment(words_of(link))
    if not said or link.same_as is None:
        return False
    return said not in segment(text_of(link.same_as)) or any(part is link for part in link.same_as.walk())
