"""What a command says where it fails: one line for what was foreseen, a traceback for a bug. No commands."""

import sys
from collections.abc import Callable

import click

from shopcart_assets.platform.files import disk_advice


def told(work: Callable[[], object]) -> None:
    """Does the work; what was foreseen becomes one line on standard error, and exit code 1."""
    try:
        work()
    except Exception as error:
        is_ours = type(error).__module__.startswith("shopcart_assets")
        said = str(error).strip() if is_ours else disk_advice(error)
        if said is None:
            raise
        click.echo(f"shopcart: {said}", err=True)
        sys.exit(1)
