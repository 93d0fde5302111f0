"""README.md and docs/ as their readers have them: blocks, commands, links, names of tables. No tests."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "docs" / "README.md"
PAGES = [ROOT / "README.md", *sorted(path for path in ROOT.glob("docs/*.md") if path.name != "CHANGELOG.md")]

_FENCE = re.compile(
    r"(?:<!-- needs: (?P<needs>[^;>]+); (?P<proof>\S+) -->\n)?^```(?P<language>\w*)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NAME = re.compile(r"\A# (\w+\.yaml)\b")
_SEPARATORS = {"&&", ";"}
_REDIRECTS = {"<": "stdin", ">": "stdout"}


@dataclass(frozen=True)
class Block:
    """A fenced block. `file` is the file that it stands for, if any: named behind the fence, or in a first line of a comment.

    `needs` is what a reader must have to run it, and `proof` the test that runs it there: None = nothing.
    """

    page: Path
    line: int
    language: str
    file: str | None
    text: str
    needs: str | None
    proof: str | None

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"


@dataclass
class Command:
    """One command of a shell block: its words, what is set for it alone, and the files that its streams are."""

    words: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)


def name(page: Path) -> str:
    """The page's path in the checkout."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The page's fenced blocks, from top to bottom."""
    text = page.read_text()
    return [
        Block(
            page,
            text.count("\n", 0, one.start("text")),
            one["language"],
            one["file"] or next(iter(_NAME.findall(one["text"])), None),
            one["text"],
            one["needs"],
            one["proof"],
        )
        for one in _FENCE.finditer(text)
    ]


def shell_blocks(page: Path) -> list[Block]:
    """Those that a reader types."""
    return [one for one in blocks(page) if one.language in ("sh", "bash")]


def commands(text: str) -> Iterator[Command]:
    r"""The commands of a shell block, without comments.

    >>> [one.words for one in commands('make demo   # all of it\nA=1 shopcart sql - < x.sql && shopcart \\\n  ui')]
    [['make', 'demo'], ['shopcart', 'sql', '-'], ['shopcart', 'ui']]
    """
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="<>&;|")
        lexer.whitespace_split = True
        yield from _split(list(lexer))


def _split(words: list[str]) -> Iterator[Command]:
    command, place = Command(), None
    for word in [*words, ";"]:
        if word in _SEPARATORS:
            if command.words or command.environ:
                yield command
            command = Command()
        elif word in _REDIRECTS:
            place = _REDIRECTS[word]
        elif place:
            command.streams[place], place = word, None
        elif not command.words and re.match(r"[A-Z_]+=", word):
            key, _, value = word.partition("=")
            command.environ[key] = value
        else:
            command.words.append(word)


def inline_commands(page: Path) -> Iterator[list[str]]:
    """The words of each `shopcart ...` that stands in the page's prose; brackets of what is optional are taken off."""
    prose = _FENCE.sub("", page.read_text())
    for span in re.findall(r"`((?:\w+=\S+ )*shopcart(?: [^`]+)?)`", prose):
        if "..." not in span:
            for command in commands(re.sub(r"[\[\]<>]", "", span)):
                yield command.words


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Where the page's links inside this repository lead: a path relative to the page, and an anchor; either may be empty."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page.read_text())):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """What links into the page may name: its headings, as GitHub writes them.

    >>> "two-commands" in anchors(ROOT / "README.md")
    True
    """
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def table_names(page: Path, schemas: list[str]) -> set[str]:
    """Each `schema.name` and `schema.name.column` that the page's prose writes as code."""
    spans = re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text()))
    pattern = re.compile(rf"(?<![\w./-])((?:{'|'.join(schemas)})\.[a-z_0-9]+(?:\.[a-z_0-9]+)?)(?![\w./(-])")
    return {found for span in spans for found in pattern.findall(span)}
