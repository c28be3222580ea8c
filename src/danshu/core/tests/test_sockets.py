"""Connections that others talk on: what comes is read in one go, and every end is an error with a name."""

import threading
import time

import pytest
from django.db import transaction
from websockets.sync.server import serve

from danshu.core import http, sockets
from danshu.core.errors import DomainError


class Stage:
    """Each connection is judged, and handed to what the test put into `story`."""

    def __init__(self):
        self.story, self.judge = lambda _line: None, lambda _line: None

    def play(self, line):
        self.story(line)

    def look(self, line, _request):
        return self.judge(line)


@pytest.fixture
def server():
    stage = Stage()
    running = serve(stage.play, "127.0.0.1", 0, process_request=stage.look)
    stage.url = f"ws://127.0.0.1:{running.socket.getsockname()[1]}/message/secret-in-the-address"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield stage
    running.shutdown()
    thread.join(5)


def opened(url):
    with sockets.connect(url):
        pass


def test_what_was_sent_comes_back_and_what_came_together_is_read_together(server):
    said, is_said = [], threading.Event()

    def story(line):
        said.append(line.recv(timeout=10))
        for n in range(150):
            line.send(f"frame {n}")
        is_said.set()
        line.recv(timeout=10)

    server.story = story
    with sockets.connect(server.url) as line:
        line.send("你好")
        frames = line.receive(wait=10)
        end = time.monotonic() + 20
        while len(frames) < 150 and time.monotonic() < end:
            some = line.receive(wait=1)
            assert len(some) <= 100
            frames += some
        line.send("bye")
    assert (said, frames) == (["你好"], [f"frame {n}".encode() for n in range(150)])


def test_silence_is_no_error(server):
    server.story = lambda line: line.recv(timeout=10)
    with sockets.connect(server.url) as line:
        began = time.monotonic()
        assert line.receive(wait=0.1) == []
        assert time.monotonic() - began < 5
        line.send("bye")


def test_the_end_is_told_after_what_came_before_it(server):
    server.story = lambda line: line.send("last words")
    with sockets.connect(server.url) as line:
        frames = line.receive(wait=10)
        with pytest.raises(DomainError) as ended:
            frames += line.receive(wait=10)
        assert (frames, ended.value.code) == ([b"last words"], "socket.closed")
        with pytest.raises(DomainError):
            line.send("too late")


def test_a_refusal_names_its_status_and_not_the_address(server):
    server.judge = lambda line: line.respond(401, "no")
    with pytest.raises(DomainError) as refused:
        opened(server.url)
    assert (refused.value.code, refused.value.details) == ("socket.refused", {"status": 401})
    assert "secret" not in str(refused.value)


def test_nobody_there_and_no_such_place():
    for url in ("ws://127.0.0.1:9/message/x", "ws://127.0.0.1:0/"):
        with pytest.raises(DomainError) as failed:
            opened(url)
        assert failed.value.code == "socket.unreachable"


def test_a_frame_that_is_too_big_ends_the_line(server):
    server.story = lambda line: line.send("x" * (sockets.MOST_BYTES + 1))
    with sockets.connect(server.url) as line, pytest.raises(DomainError) as ended:
        line.receive(wait=10)
    assert ended.value.code == "socket.closed"


@pytest.mark.django_db
def test_no_line_is_opened_inside_a_transaction(server):
    with pytest.raises(http.OpenTransactionError), transaction.atomic():
        opened(server.url)
