"""One training session as the model reads it, what it learns from marked: `python -m ml_jobs.show --config run.json`.

What to look at before a run: is each reply trained, its end-of-turn token too, and nothing of a page? No model is loaded.
Marks are colour on a terminal, brackets elsewhere, or HTML. What is marked is decided in `chat.py` alone.
"""

import argparse
import html
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ml_jobs import chat, models, program
from ml_jobs.program import ConfigError, log
from ml_jobs.sessions import SessionFile
from ml_jobs.trainer import RunConfig

OPEN, CLOSE = "⟦", "⟧"
_COLOUR, _PLAIN = "\x1b[30;42m", "\x1b[0m"
# Of a page that is longer, so many tokens of its beginning and of its end are shown.
_HEAD, _TAIL = 120, 60


@dataclass(frozen=True)
class Piece:
    """A stretch of tokens that are all trained, or all not: its text, or of a long one both ends and what is between in tokens."""

    text: str
    is_trained: bool
    n_hidden: int = 0
    tail: str = ""


@dataclass(frozen=True)
class Reply:
    """One assistant turn in numbers; `last` is its last token."""

    step: int
    n_tokens: int
    n_trained: int
    last: str


@dataclass(frozen=True)
class Shown:
    """A session and what is told of it."""

    title: str
    summary: str
    replies: list[Reply]
    pieces: list[Piece]


def find(files: Sequence[SessionFile], session_id: str | None) -> tuple[SessionFile, chat.Session]:
    """The session of this id, or the first one. Raises ConfigError where none of the files holds it."""
    for file in files:
        for session in file.sessions():
            if session_id in (None, session["session_id"]):
                return file, session
    raise ConfigError(
        f"no session {session_id!r} in {' or '.join(str(file.path) for file in files)}: sessions of the test split are not trained on"
    )


def show(config: RunConfig, session_id: str | None, *, is_full: bool) -> Shown:
    """The session cut to the run's length. Raises ConfigError where there is no such session, TooLong where it cannot be cut."""
    experiment = config.experiment
    tokenizer = models.load_tokenizer(models.resolve(experiment.base_model, config.cache))
    limit = experiment.train.max_tokens
    paths = [path for path in (config.sessions, config.held_out) if path]
    file, session = find([SessionFile(path, tokenizer, limit) for path in paths], session_id)
    rendered = chat.fit(tokenizer, session, limit)
    n_tokens, n_trained = len(rendered.ids), len(rendered.trained)
    return Shown(
        f"session {session['session_id']} of {file.path.name}, {experiment.base_model}, arm {experiment.arm}",
        f"{n_tokens:,} tokens (at most {limit:,}), {n_trained:,} of them trained ({n_trained / n_tokens:.1%}), "
        f"{rendered.n_left_out} of {len(session['steps'])} pages left out",
        replies(tokenizer, session, rendered),
        list(pieces(tokenizer, rendered, is_full=is_full)),
    )


def replies(tokenizer: Any, session: chat.Session, rendered: chat.Rendered) -> list[Reply]:
    """Each assistant turn of the session."""
    steps = [step["step"] for step in session["steps"] for turn in step["turns"] if turn["role"] == "assistant"]
    trained = set(rendered.trained)
    return [
        Reply(step, end - start, len(trained.intersection(range(start, end))), tokenizer.decode(rendered.ids[end - 1]))
        for step, (start, end) in zip(steps, rendered.replies, strict=True)
    ]


def pieces(tokenizer: Any, rendered: chat.Rendered, *, is_full: bool) -> Iterator[Piece]:
    """The whole session in order. What is trained is never cut."""
    trained = set(rendered.trained)
    for is_trained, places in groupby(range(len(rendered.ids)), trained.__contains__):
        ids = [rendered.ids[place] for place in places]
        n_hidden = len(ids) - _HEAD - _TAIL
        if is_full or is_trained or n_hidden <= 0:
            yield Piece(tokenizer.decode(ids), is_trained)
        else:
            yield Piece(tokenizer.decode(ids[:_HEAD]), False, n_hidden, tokenizer.decode(ids[-_TAIL:]))


def printable(text: str) -> str:
    r"""Page text without control over who reads it: all but plain letters and line breaks as escapes, the marks too.

    >>> print(printable("\x1b[2J\u202e⟦ü⟧"))
    \x1b[2J\u202e\u27e6ü\u27e7
    """
    return "".join(
        char if char == "\n" or (char.isprintable() and char not in OPEN + CLOSE) else _escaped(char) for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def as_text(shown: Shown, *, has_colour: bool) -> str:
    """For a terminal, or with brackets for anything else."""
    begin, end = (_COLOUR, _PLAIN) if has_colour else (OPEN, CLOSE)
    lines = [shown.title, f"  {shown.summary}", "", "  step  tokens  trained  ends with"]
    lines += [f"  {one.step:>4}  {one.n_tokens:>6}  {one.n_trained:>7}  {one.last}" for one in shown.replies]
    body = "".join(
        f"{begin}{printable(piece.text)}{end}" if piece.is_trained else printable(piece.text) + _hidden(piece)
        for piece in shown.pieces
    )
    return f"{printable(chr(10).join(lines))}\n\n{body}\n"


def _hidden(piece: Piece) -> str:
    return (
        f"\n[... {piece.n_hidden:,} tokens, not trained: --full shows them ...]\n{printable(piece.tail)}"
        if piece.n_hidden
        else ""
    )


def as_html(shown: Shown) -> str:
    """A page of its own, without scripts."""
    rows = "".join(
        f"<tr><td>{one.step}<td>{one.n_tokens}<td>{one.n_trained}<td>{_safe(one.last)}" for one in shown.replies
    )
    body = "".join(
        f"<mark>{_safe(piece.text)}</mark>" if piece.is_trained else html.escape(printable(piece.text) + _hidden(piece))
        for piece in shown.pieces
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A training session</title>'
        "<style>body{font:15px sans-serif;margin:2em}pre{white-space:pre-wrap}mark{background:#b7e4c7}"
        "td,th{padding:0 1em 0 0;text-align:left}</style>"
        f"<h1>{_safe(shown.title)}</h1><p>{_safe(shown.summary)}; the <mark>trained</mark> ones are marked</p>"
        f"<table><tr><th>step<th>tokens<th>trained<th>ends with{rows}</table><pre>{body}</pre></html>\n"
    )


def _safe(text: str) -> str:
    return html.escape(printable(text))


def main(argv: list[str] | None = None) -> int:
    """An exit code; errors are one line on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="JSON with the fields of RunConfig")
    parser.add_argument("--session", metavar="ID", help="which one, trained on or held out; default: the first")
    parser.add_argument("--model", metavar="NAME", help="the tokenizer and template of this base model instead")
    parser.add_argument("--full", action="store_true", help="show the middle of long pages too")
    parser.add_argument("--html", action="store_true", help="print a page for a browser")
    arguments = parser.parse_args(argv)
    program.quiet()
    try:
        config = program.read_config(RunConfig, arguments.config)
        if arguments.model:
            config = replace(config, experiment=replace(config.experiment, base_model=arguments.model))
        shown = show(config, arguments.session, is_full=arguments.full)
    except ValueError as error:
        log(f"error: {error}")
        return 1
    sys.stdout.write(as_html(shown) if arguments.html else as_text(shown, has_colour=sys.stdout.isatty()))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads may have seen enough
    sys.exit(main())
