"""`shopcart sql`: one query, or a prompt. Thin, as the commands of `cli` are."""

import shutil
import sys

import click

from shopcart_assets.cli_errors import heed_ctrl_c
from shopcart_assets.platform.export import FORMATS, Format, export
from shopcart_assets.platform.progress import asking
from shopcart_assets.platform.settings import load_settings


@click.command()
@click.argument("query", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def sql(query: str | None, form: Format) -> None:
    """Ask QUERY of the lake's tables; - or a pipe reads it from standard input.

    `select * from dictionary` lists every table and column. Without QUERY a terminal gets a prompt with completion.
    Works while runs write.
    """
    heed_ctrl_c()
    views = load_settings().warehouse().views
    if query is None and sys.stdin.isatty() and sys.stdout.isatty():
        from shopcart_assets.platform.sql_prompt import prompt

        prompt(views, form)
        return
    asked = sys.stdin.read() if query in (None, "-") else query
    width = shutil.get_terminal_size((160, 50)).columns
    export(views, str(asked), form, sys.stdout.buffer, width, meanwhile=asking)
