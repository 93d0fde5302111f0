"""A real PostgreSQL for tests: Debian's, on loopback, in a folder of its own, as an unprivileged user."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.ports import free_port

USER = "shopcart"


def _bin() -> Path | None:
    found = shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    return Path(found).resolve().parent if found else None


def missing() -> str:
    """Why there can be no PostgreSQL here; empty where there can."""
    if _bin() is None:
        return "no PostgreSQL here (apt-get install postgresql)"
    return "" if find_spec("dagster_postgres") else "the postgres extra is not installed"


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database, password and all, until the end of the block."""
    programs, password = _bin(), secrets.token_hex(8)
    assert programs
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    try:
        (folder / "password").write_text(password)
        if as_user:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres", "postgres")
        settled = ["-U", USER, "-A", "scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"]
        subprocess.run(
            [*as_user, str(programs / "initdb"), "-D", str(folder / "data"), *settled], check=True, capture_output=True
        )
        port = free_port()
        said = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        options = [word for name, value in said.items() for word in ("-c", f"{name}={value}")]
        dying = as_user or ["setpriv"]
        command = [*dying, "--pdeathsig=INT", str(programs / "postgres"), "-D", str(folder / "data"), *options]
        with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
            try:
                yield _ready(
                    f"postgresql+psycopg2://{USER}:{password}@127.0.0.1:{port}/postgres", server, folder / "log"
                )
            finally:
                server.terminate()  # INT and TERM both end it; who is connected is sent away by the first
                server.send_signal(2)
                server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(url: str, server: "subprocess.Popen[bytes]", log: Path) -> str:
    import psycopg2

    plain = url.replace("+psycopg2", "")
    for _ in range(300):
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            psycopg2.connect(plain, connect_timeout=2).close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return url
    raise AssertionError("PostgreSQL did not answer within half a minute")
