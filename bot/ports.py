"""Whether a number or an address has a port that can be, and whether a port of this machine is free."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from domain.kernel.errors import RefusedError

HOST = "127.0.0.1"
_LAST = 65535


def refuse_none(name: str, port: int) -> int:
    """The port; RefusedError when it is a number that no port has. 0 stands for any free one."""
    if not 0 <= port <= _LAST:
        raise RefusedError(f"{name} is {port}, which is not a port; give a number from 1 to {_LAST}.")
    return port


def can_be(url: str) -> bool:
    """Whether an address can be read, its port included."""
    try:
        port = urlsplit(url).port
    except ValueError:
        return False
    return port is None or port > 0


def refuse_taken(port: int, advice: str) -> None:
    """RefusedError, with the advice, when we cannot listen on `port`; 0 is always free."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closed line is no listener
        try:
            place.bind((HOST, port))
        except PermissionError as error:
            raise RefusedError(f"The port {port} is kept for root; {advice}.") from error
        except OSError as error:
            raise RefusedError(f"The port {port} is taken; {advice}.") from error
