"""Ports for servers that tests start, which stay free while such a server is down."""

import secrets
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at, out of those that the system never gives to an outgoing connection.

    A server that is killed and started again would otherwise find its port taken, now and then, by one of many connections.
    """
    first_of_connections = int(_RANGE.read_text().split()[0])
    while True:
        port = 10_000 + secrets.randbelow(first_of_connections - 10_000)
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)):
                return port
