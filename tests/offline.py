"""The suite talks to this machine only: a socket to any other address is refused by name."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_connect, _connect_ex, _lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


class NetworkUsedError(RuntimeError):
    """A test tried to reach another machine."""


def is_near(host: object) -> bool:
    if not isinstance(host, str) or host in {"", "localhost", "testserver"}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback or host in {"0.0.0.0", "::"}
    except ValueError:
        return False


def _check(address: Any) -> None:
    if isinstance(address, tuple) and not is_near(address[0]):
        raise NetworkUsedError(f"Tests have no network: {address[0]}:{address[1]} was asked for.")


def install() -> None:
    """From here on, this process connects to loopback addresses and Unix sockets only, and looks up no names."""

    def connect(self: socket.socket, address: Any) -> None:
        _check(address)
        _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return _connect_ex(self, address)

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check((host.decode() if isinstance(host, bytes) else host, args[0] if args else ""))
        return _lookup(host, *args, **kwargs)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]  # that is the point
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign, assignment]  # that is the point
    socket.getaddrinfo = lookup
