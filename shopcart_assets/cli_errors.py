"""What a command says where it fails: one line for what was foreseen, a traceback for a bug. No commands."""

import signal
import sys
import threading
from collections.abc import Callable

import click

from shopcart_assets.platform.files import disk_advice

_INTERRUPTED = 130


def heed_ctrl_c() -> None:
    """Ctrl-C ends a read from the terminal too. Importing Polars puts a handler of its own before Python's that lets reads go on."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def told(work: Callable[[], object]) -> None:
    """Does the work; what was foreseen, and Ctrl-C, become one line on standard error, and end the process.

    Exit code 1 for what was foreseen, 2 for wrong usage, 130 for Ctrl-C, as shells have it, else what the work returns.
    """
    try:
        code = work()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as abort:
        click.echo(f"shopcart: interrupted{abort.__cause__ or ''}", err=True)
        sys.exit(_INTERRUPTED)
    except Exception as error:
        is_ours = type(error).__module__.startswith("shopcart_assets")
        said = str(error).strip() if is_ours else disk_advice(error)
        if said is None:
            raise
        click.echo(f"shopcart: {said}", err=True)
        sys.exit(1)
    if isinstance(code, int) and code:
        sys.exit(code)
