"""Lines: WebSockets that a shop's app opens, on which its platform tells what happened. What goes over them is the fronts' affair.

The protocol's own library reads and writes frames; the socket is the server's: a line stands at the same address as the platform's calls.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Opening
from websockets.protocol import State
from websockets.server import ServerProtocol

BREAK_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a reset instead of a farewell
LARGEST_READ = 65_536
Key = tuple[str, str]  # platform, the app's key


@dataclass(eq=False)
class Line:
    """One open connection. `replies` holds what the other side said that was no sign of life."""

    key: Key
    socket: socket.socket
    protocol: ServerProtocol = field(default_factory=ServerProtocol)
    replies: queue.SimpleQueue[bytes | None] = field(default_factory=queue.SimpleQueue)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_cut: bool = False

    def open(self, request: bytes) -> bool:
        """Shake hands over a request that has been read; False when it asks for no WebSocket."""
        self.protocol.receive_data(request)
        opening = next(iter(self.protocol.events_received()), None)
        if not isinstance(opening, Opening):
            return False
        with self.lock:
            self.protocol.send_response(self.protocol.accept(opening))
            self._flush()
        return self.protocol.state is State.OPEN

    def say(self, text: bytes) -> bool:
        try:
            with self.lock:
                self.protocol.send_text(text)
                self._flush()
        except (OSError, InvalidState):
            return False
        return True

    def read(self, beat: Callable[[bytes], bytes | None]) -> None:
        """Until the other side goes; signs of life are answered at once."""
        while self.protocol.state is not State.CLOSED:
            try:
                data = self.socket.recv(LARGEST_READ)
            except OSError:
                break
            if not data:
                break
            with self.lock:
                self.protocol.receive_data(data)
                events = self.protocol.events_received()
                self._flush()
            for event in events:
                if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY}:
                    text = bytes(event.data)
                    answer = beat(text)
                    if answer is None:
                        self.replies.put(text)
                    else:
                        self.say(answer)
        self.replies.put(None)

    def cut(self) -> None:
        """As a network does: without a word."""
        self.is_cut = True
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BREAK_AT_ONCE)
            self.socket.shutdown(socket.SHUT_RDWR)

    def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)
            else:
                with contextlib.suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)


class Lines:
    """All open lines; of several of one app the newest is talked on. `on_open` hears of each that was opened."""

    def __init__(self) -> None:
        self.on_open: Callable[[Key], None] = lambda _key: None
        self._open: list[Line] = []
        self._lock = threading.Lock()

    def serve(self, line: Line, request: bytes, beat: Callable[[bytes], bytes | None]) -> None:
        """Hold the line until it ends."""
        if not line.open(request):
            return
        with self._lock:
            self._open.append(line)
        self.on_open(line.key)
        try:
            line.read(beat)
        finally:
            with self._lock:
                self._open.remove(line)

    def newest(self, key: Key) -> Line | None:
        with self._lock:
            return next((line for line in reversed(self._open) if line.key == key and not line.is_cut), None)

    def apps(self) -> list[Key]:
        with self._lock:
            return [line.key for line in self._open]

    def cut(self) -> int:
        """Break all lines; returns how many there were."""
        with self._lock:
            lines = list(self._open)
        for line in lines:
            line.cut()
        return len(lines)

    def ask(self, line: Line, text: bytes, is_reply: Callable[[bytes], bool], patience: float) -> bytes | None:
        """Say something and wait for the reply to it; None when there was none."""
        if not line.say(text):
            return None
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                reply = line.replies.get(timeout=left)
            except queue.Empty:
                return None
            if reply is None:
                line.replies.put(None)
                return None
            if is_reply(reply):
                return reply
        return None
