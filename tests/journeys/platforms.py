"""The simulated platforms as a process of their own, with a world that outlives it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from time import sleep as real_sleep  # bound before anybody lets time pass by sleeping
from typing import Any
from urllib.parse import urlsplit


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def control(url: str, method: str, path: str, body: dict[str, Any] | None = None, *, patience: float = 20.0) -> Any:
    """What the simulator's control interface answers. It is waited for while it is being killed and started again."""
    address = urlsplit(url)
    end = time.monotonic() + patience
    while True:
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=120)
        try:
            connection.request(method, f"/_control{path}", json.dumps(body or {}) if method != "GET" else None)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            status = answer.status
        except (OSError, http.client.HTTPException, ValueError):
            if time.monotonic() > end:
                raise
            real_sleep(0.05)
            continue
        finally:
            connection.close()
        if status != 200:
            raise Impossible(path, found)
        return found


class Impossible(Exception):  # noqa: N818 - what the simulated world says
    """The simulated world does not allow it."""


class Platforms:
    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder, self.seed, self.port = folder, seed, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = [sys.executable, "-m", "danshu_simulator", "--port", str(self.port), "--data", str(self.folder), "--seed", str(self.seed)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (self.folder.parent / "platforms.log").open("ab") as said:
            self.process = subprocess.Popen([*argv, "--speed", "0"], env=environment, stdout=said, stderr=said)
        control(self.url, "GET", "/")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return control(self.url, method, path, body)
