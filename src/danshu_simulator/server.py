"""The server: HTTP/1.1 with kept connections on the standard library, so that a connection can also hang, or break."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from danshu_simulator import control
from danshu_simulator.exchange import Fate
from danshu_simulator.fronts.front import Front
from danshu_simulator.lines import BREAK_AT_ONCE, Line
from danshu_simulator.web import Answer, Refuse, Request, said

LARGEST_BODY = 16 * 2**20


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    timeout = 120  # an idle kept connection
    server: Server
    server_version = "simulator"
    sys_version = ""

    def answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY:
            self._write(Answer(413))
            self.close_connection = True
            return
        body = self.rfile.read(size) if size else b""
        path, _, query = self.path.partition("?")
        first, _, rest = path.lstrip("/").partition("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, "/" + unquote(rest), query, headers, body, self.path)
        if headers.get("upgrade", "").lower() == "websocket":
            self._hold(first, request)
            return
        self._settle(self.server.fate(first, request))

    def _hold(self, first: str, request: Request) -> None:
        """An app opens a line: the connection is the line's from here on."""
        self.close_connection = True
        found = self.server.line(first, request)
        if isinstance(found, Answer):
            self._write(found)
            return
        front, app = found
        simulator = self.server.simulator
        self.connection.settimeout(None)
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        raw = f"{self.command} {self.path} HTTP/1.1\r\n{head}\r\n".encode("iso-8859-1")
        line = Line((front.platform, app), self.connection)
        simulator.pusher.lines.serve(line, raw, lambda text: front.beat(simulator.world, text))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - names of the standard library

    def _settle(self, fate: Fate) -> None:
        if fate.wait:
            self.server.stopping.wait(fate.wait if fate.lost != "reset" else 0)
        if fate.answer:
            self._write(fate.answer)
            return
        self.close_connection = True
        if fate.lost == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BREAK_AT_ONCE)
            self.connection.close()

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.body or answer.status not in {204, 304}:
            self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other side, or we, broke the connection
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        """Counters say what came; nothing is printed."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, port: int, simulator: control.Steered) -> None:
        """Listens on the loopback alone; port 0 takes a free one."""
        super().__init__(("127.0.0.1", port), Handler)
        self.simulator = simulator
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fate(self, first: str, request: Request) -> Fate:
        if first == "_control":
            return Fate(control.answer(self.simulator, request))
        front = self.simulator.fronts.get(first)
        if not front:
            known = ", ".join(sorted(self.simulator.fronts))
            return Fate(said({"error": f"no platform {first!r} here; there are {known}, and _control"}, status=404))
        return self.simulator.exchange.call(front, request)

    def line(self, first: str, request: Request) -> tuple[Front, str] | Answer:
        """Whose line this request opens, or how the platform refuses it."""
        front = self.simulator.fronts.get(first)
        if not front:
            return Answer(404)
        with self.simulator.world.lock:
            try:
                return front, front.line(self.simulator.world, request)
            except Refuse as refused:
                return refused.answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is our daily bread; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

