"""An independent judge of a context: which controls of the raw page stand in it with a name. Shares no code with the builder.

What can be acted on is told from the raw markup; what is in the context is told from its HTML alone, by tag and words. Links to
one address, and a control inside another that says the same, are one thing: one name serves them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from lxml import etree
from lxml import html as lxml_html

UNSEEN_TAGS = {
    *("script", "style", "noscript", "head", "iframe", "object", "video", "audio", "canvas", "svg", "math"),
    *("frameset", "applet"),
}
# Classes that a site's own style sheets hide: markup alone does not say so.
HIDING_CLASSES = {"amazon": {"aok-hidden", "a-hidden", "a-popover-preload"}}
LONG = 12  # letters
CONTROLS = {"a", "area", "button", "input", "select", "textarea"}
# Elements of these roles may carry the name of a control in them.
ROLES = {"button", "link", "tab", "option", "checkbox", "radio", "menuitem", "switch", "combobox"}


@dataclass
class Control:
    """A link, button, input, select or textarea, and the words that it may be known by."""

    tag: str
    words: tuple[str, ...]
    title: str = ""
    address: str = ""
    path: str = ""
    around: "Control | None" = None
    is_matched: bool = False

    def all_words(self) -> list[str]:
        """Its words, each once."""
        return list(dict.fromkeys(filter(None, (*self.words, self.title))))

    def is_served(self, ways: Set[str]) -> bool:
        """Whether a name stands for it."""
        return any(control.is_matched or control.address in ways for control in self._like())

    def _like(self) -> Iterator["Control"]:
        """Itself and the controls around it that say the same, or all that is said."""
        control: Control | None = self
        while control is not None:
            if control is self or not self.words or not set(control.words).isdisjoint(self.words):
                yield control
            control = control.around


@dataclass
class Verdict:
    """What the judge found: the raw page's visible controls, those without a name, and what a context must not have."""

    n_visible: int
    missing: list[Control] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of visible controls that are present and named."""
        return 1 - len(self.missing) / self.n_visible if self.n_visible else 1.0


def judge(raw: bytes, context: str, site: str = "") -> Verdict:
    """The verdict on a context made without a budget from a raw page; `site` is how its host begins."""
    seen = list(controls_of(tree_of(raw), "href", HIDING_CLASSES.get(site, set())))
    wanted = [control for control in seen if control.tag != "role"]
    shown = tree_of(context.encode())
    ways = _match(seen, list(controls_of(shown, "name", set())))
    missing = [control for control in wanted if not control.is_served(ways)]
    names = Counter(str(name) for element in shown.iter() if (name := element.get("name")))
    left = [str(element.tag) for element in shown.iter("script", "style", "link", "meta", "noscript", "iframe")]
    left += ["comment" for _ in shown.iter(etree.Comment)]
    return Verdict(len(wanted), missing, [name for name, n in names.items() if n > 1], left)


def tree_of(raw: bytes) -> etree._Element:
    """The page's tree as lxml reads it, whole: what stands behind a stray end of the page included."""
    declared = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", raw[:4096], re.IGNORECASE)
    for charset in ("utf-8", declared[1].decode() if declared else "cp1252", "cp1252"):
        try:
            text = raw.decode(charset)
            break
        except (UnicodeDecodeError, LookupError):
            continue
    else:
        text = raw.decode("cp1252", "replace")
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    whole = etree.Element("whole")
    whole.extend([root, *root.itersiblings("*")])
    return whole


def controls_of(root: etree._Element, mark: str, hiding: Set[str]) -> Iterator[Control]:
    """What can be acted on and is visible, in document order: in a raw page links have an `href`, in a context a `name`."""
    todo: list[tuple[etree._Element, Control | None]] = [(root, None)]
    while todo:
        element, around = todo.pop()
        if not isinstance(element.tag, str) or _is_unseen(element, hiding):
            continue
        if mark == "href" and element.tag == "dialog" and element.get("open") is None:
            continue
        is_control = element.tag in CONTROLS and (element.tag not in ("a", "area") or element.get(mark) is not None)
        if is_control or element.get("role") in ROLES:
            around = _control(element, around, hiding)
            if mark == "href" or element.get(mark):
                yield around
        todo += [(child, around) for child in reversed(element)]


def _is_unseen(element: etree._Element, hiding: Set[str]) -> bool:
    tag = str(element.tag)
    if tag in UNSEEN_TAGS or (tag == "template" and element.get("shadowrootmode") is None):
        return True
    style = re.sub(r"\s", "", element.get("style") or "").lower()
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or re.search(r"(?:^|;)(?:display:none|(?:content-)?visibility:hidden)", style) is not None
        or (tag == "input" and (element.get("type") or "").lower() == "hidden")
        or not hiding.isdisjoint((element.get("class") or "").split())
    )


def _control(element: etree._Element, around: Control | None, hiding: Set[str]) -> Control:
    tag = str(element.tag)
    kind = "a" if tag == "area" else tag if tag in CONTROLS else "role"
    kind += f" {(element.get('type') or 'text').lower()}" if tag == "input" else ""
    said = [] if tag in ("input", "textarea") else [_said(element, hiding, with_icons) for with_icons in (False, True)]
    given = [element.get(key) or "" for key in ("value", "placeholder", "aria-label")]
    given += [element.get("alt") or ""] if tag in ("input", "area") else []
    # A title is not written in a context, but the name may come from it; a context's links have no address.
    name = (element.get("name") or "").rpartition(".")[2] if element.get("href") is None else ""
    words = tuple(filter(None, map(_plain, (*said, *given, name))))
    address = (element.get("href") or "").partition("#")[0].strip()
    if address.lower().startswith("javascript:"):
        address = ""
    path = element.getroottree().getpath(element).removeprefix("/whole")
    return Control(kind, words, _plain(element.get("title") or ""), address, path, around)


def _said(element: etree._Element, hiding: Set[str], with_icons: bool) -> str:
    pieces = [element.text or "", element.get("alt") or "" if element.tag == "img" else ""]
    for child in element:
        if with_icons and child.tag == "svg":
            pieces.append(child.findtext("title") or "")
        elif isinstance(child.tag, str) and not _is_unseen(child, hiding):
            pieces.append(_said(child, hiding, with_icons))
        pieces.append(child.tail or "")
    return " ".join(pieces)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _match(wanted: list[Control], named: list[Control]) -> set[str]:
    """Gives each control that is wanted one named element of its tag: of its words, rare ones first, then any where it has none.

    Returns the addresses that a named link leads to.
    """
    free: defaultdict[tuple[str, str], list[Control]] = defaultdict(list)
    for control in reversed(named):
        for word in (*control.words, ""):
            free[control.tag, word].append(control)
    counts = Counter((control.tag, word) for control in wanted for word in control.all_words())
    rare_first = sorted(wanted, key=lambda one: min((counts[one.tag, word] for word in one.all_words()), default=0))
    ways: set[str] = set()
    for control in rare_first:
        _serve(control, ways, (free[control.tag, word] for word in control.all_words()))
    _match_parts([control for control in wanted if not control.is_served(ways)], named, ways)
    # A recipe may write a link as something else that says what it is: a filter's as `<li role="checkbox">`.
    for control in rare_first:
        _serve(control, ways, (free["role", word] for word in control.all_words()))
    for control in rare_first:
        if not control.words or control.tag not in ("a", "button"):
            _serve(control, ways, [free[control.tag, ""]])
    return ways


def _serve(control: Control, ways: set[str], waiting: Iterable[list[Control]]) -> None:
    if not control.is_served(ways):
        control.is_matched = any(map(_take, waiting))
        ways.update({control.address} - {""} if control.is_matched else ())


def _match_parts(wanted: list[Control], named: list[Control], ways: set[str]) -> None:
    """The same for long words of which only a part is in the context: a picture's text that repeats a title is not written."""
    for control in wanted:
        free = (one for one in named if one.tag == control.tag and not one.is_matched)
        pairs = ((one, said, word) for one in free for said in one.all_words() for word in control.all_words())
        found = next(
            (one for one, said, word in pairs if min(len(said), len(word)) >= LONG and (said in word or word in said)),
            None,
        )
        if found is not None and not control.is_served(ways):
            control.is_matched = found.is_matched = True
            ways.update({control.address} - {""})


def _take(waiting: list[Control]) -> bool:
    """Takes the next element that nobody has."""
    while waiting:
        control = waiting.pop()
        if not control.is_matched:
            control.is_matched = True
            return True
    return False
