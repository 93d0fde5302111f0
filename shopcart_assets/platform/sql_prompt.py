"""`shopcart sql` without a query: statements typed one after the other, with completion. What an answer looks like is `export`'s.

Every statement opens the lake anew, so that a prompt left open overnight locks nobody out and sees what runs have written.
What is typed is remembered until the prompt is left, and nowhere on disk: it may name a person.
"""

import importlib
import shutil
import sys
from importlib.util import find_spec

import click

from shopcart_assets.platform.export import FORMATS, Format, export
from shopcart_assets.platform.progress import asking
from shopcart_assets.platform.sql_words import Words
from shopcart_assets.platform.view_text import SQL_FOLDER, SqlError
from shopcart_assets.platform.views import Views

_GREETING = "SQL over the lake, read-only. A statement ends with ; or an empty line. .help for more, Ctrl-D to leave."
_HELP = f"""\
.tables [WORD]     tables and views with WORD in their name, and what a row of each is
.examples [NAME]   questions that people ask; with a name, its query and the answer
.format [FORMAT]   {", ".join(FORMATS[:-1])}: how answers are printed
.quit              leave (Ctrl-D too)
Tab completes tables, columns (also after an alias and a dot), functions. Ctrl-C ends what is typed or running."""
_TABLES = """
    select "table", any_value(table_description) as "what a row is" from dictionary
    where contains("table", $${}$$) group by 1 order by 1
"""
_KNOWN = """
    select keyword_name as word, true as is_keyword from duckdb_keywords()
    union select function_name, false from duckdb_functions() where regexp_full_match(function_name, '[a-z][a-z0-9_]+')
    order by word
"""


def prompt(views: Views, form: Format = "table") -> None:
    """Reads statements from the terminal and prints their answers until the end of input or `.quit`."""
    session = _Session(views, form)
    click.echo(_GREETING)
    if not session.can_complete:
        click.echo("(this Python has no readline: no completion)")
    goes_on = True
    while goes_on:
        try:
            goes_on = session.turn()
        except KeyboardInterrupt:
            session.lines = []
            click.echo("\ninterrupted", err=True)


class _Session:
    """One prompt's state: the form of its answers, and what Tab offers."""

    def __init__(self, views: Views, form: Format) -> None:
        self.views = views
        self.form: Format = form
        self.lines: list[str] = []
        """Of the statement that is being typed, before the current one: readline tells a completer of that alone."""
        self.can_complete = find_spec("readline") is not None
        if self.can_complete:
            known = views.query(_KNOWN).rows()
            self.words = Words(
                functions=[f"{word}(" for word, is_keyword in known if not is_keyword],
                keywords=[word for word, is_keyword in known if is_keyword],
            )
            self._listen()

    def turn(self) -> bool:
        """Reads one line and answers what it completes; False where nothing more is wanted. Ctrl-C may come at any point."""
        try:
            line = input("   ...> " if self.lines else "shopcart> ").strip()
        except EOFError:
            click.echo()
            return False
        if not self.lines and line in (".quit", ".exit"):
            return False
        self.lines += [line] if self.lines or line else []
        if self.lines and (not line or line.endswith(";") or self.lines[0].startswith(".")):
            typed, self.lines = "\n".join(self.lines), []
            try:
                self.answer(typed)
            except SqlError as error:
                click.echo(str(error).strip(), err=True)
        return True

    def answer(self, typed: str) -> None:
        """Prints the answer to a statement or to a dot command. Raises SqlError."""
        command, *arguments = typed.split()
        argument = arguments[0] if arguments else ""
        if command == ".help":
            click.echo(_HELP)
        elif command == ".format":
            self._format(argument)
        elif command == ".tables":
            self._print(_TABLES.format(argument.replace("$", "")))
        elif command == ".examples":
            self._example(argument)
        elif command.startswith("."):
            raise SqlError(f"no command {command}: .help lists them")
        else:
            self._print(typed)

    def _print(self, sql: str) -> None:
        sys.stdout.flush()
        width = shutil.get_terminal_size((160, 50)).columns
        export(self.views, sql, self.form, sys.stdout.buffer, width, meanwhile=asking)
        sys.stdout.flush()

    def _format(self, name: str) -> None:
        printed = [one for one in FORMATS if one != "parquet"]
        if name and name not in printed:
            raise SqlError(f"no format {name!r} for a terminal: {', '.join(printed)} (parquet: shopcart sql --format)")
        self.form = next((one for one in printed if one == name), self.form)
        click.echo(self.form)

    def _example(self, name: str) -> None:
        files = {file.stem: file for file in sorted((SQL_FOLDER / "examples").glob("*.sql"))}
        if not name:
            width = max(map(len, files))
            for stem, file in files.items():
                click.echo(f"{stem.ljust(width)}  {file.read_text().splitlines()[0].removeprefix('-- ')}")
        elif name not in files:
            raise SqlError(f"no example {name!r}: .examples lists them")
        else:
            click.echo(text := files[name].read_text())
            self._print(text)

    def _listen(self) -> None:
        """Tab asks `words`. Python is built with GNU readline or with libedit, which is told in its own words."""
        readline = importlib.import_module("readline")
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
        readline.set_completer_delims(" \t\n,()=<>+-*/%|;'\"[]:")
        found: list[str] = []

        def complete(word: str, nth: int) -> str | None:
            if nth == 0:
                line, end = readline.get_line_buffer(), readline.get_endidx()
                before = "\n".join([*self.lines, line[: readline.get_begidx()]])
                found[:] = self._offered(before, word, line[end:])
            return found[nth] if nth < len(found) else None

        readline.set_completer(complete)

    def _offered(self, before: str, word: str, rest: str) -> list[str]:
        if word.startswith(".") and not before.strip():
            return [one for one in (".examples", ".format", ".help", ".quit", ".tables") if one.startswith(word)]
        if before.strip() == ".examples":
            return [file.stem for file in sorted((SQL_FOLDER / "examples").glob(f"{word}*.sql"))]
        return self.words.after(before + word, rest)
