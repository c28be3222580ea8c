"""The only WebSocket client of the house: connections that we open and that others talk on.

    with sockets.connect(url) as line:
        line.send("…")
        frames = line.receive(wait=1.0)

It refuses while a transaction is open, as `core.http` does, and names hosts only: addresses bear signatures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as _connect

from danshu.core import http
from danshu.core.errors import DomainError

OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 1.0  # a farewell that is not answered must not hold up the end of a process
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Socket:
    host: str
    connection: ClientConnection

    def send(self, text: str) -> None:
        """Raises `socket.closed`."""
        try:
            self.connection.send(text)
        except (ConnectionClosed, OSError) as error:
            raise self._closed(error) from None

    def receive(self, *, wait: float, most: int = 100) -> list[bytes]:
        """The next frame, within `wait` seconds, and those that came with it; none when none came. Raises `socket.closed`."""
        frames: list[bytes] = []
        try:
            while len(frames) < most:
                frames.append(self.connection.recv(timeout=0 if frames else wait, decode=False))
        except TimeoutError:
            return frames
        except (ConnectionClosed, OSError) as error:
            if not frames:  # else what came before the end is read, and the next look says that it ended
                raise self._closed(error) from None
        return frames

    def _closed(self, error: Exception) -> DomainError:
        details = {"error": type(error).__name__}
        return DomainError(_("和 %(host)s 的连接断了，会自动重连。") % {"host": self.host}, "socket.closed", details=details)


@contextmanager
def connect(url: str) -> Iterator[Socket]:
    """An open connection, closed at the end. Raises `DomainError`: `socket.unreachable`; `socket.refused` with the status of the answer in
    `details["status"]`, 0 when it was none. Signs of life are the caller's affair: not every service answers the protocol's own pings."""
    http.refuse_in_transaction()
    host = urlsplit(url).hostname or ""
    terms: dict[str, Any] = {"ssl": http.trust()} if url.startswith("wss:") else {}
    terms |= {"open_timeout": OPEN_TIMEOUT, "close_timeout": CLOSE_TIMEOUT, "ping_interval": None, "max_size": MOST_BYTES}
    try:
        opened = _connect(url, **terms)
    except InvalidStatus as error:
        raise _refused(host, error.response.status_code) from None
    except InvalidHandshake:
        raise _refused(host, 0) from None
    except (OSError, TimeoutError, EOFError, WebSocketException) as error:
        said = _("连不上 %(host)s：没有连接，或者没有按时回答。请检查网络，稍后会再试。") % {"host": host}
        raise DomainError(said, "socket.unreachable", details={"error": type(error).__name__}) from None
    with opened as connection:
        yield Socket(host, connection)


def _refused(host: str, status: int) -> DomainError:
    said = _("%(host)s 不让连接（%(status)d）。请检查应用的密钥和权限，稍后会再试。") % {"host": host, "status": status}
    return DomainError(said, "socket.refused", details={"status": status})
