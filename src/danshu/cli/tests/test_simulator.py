"""`simulator` turns into the simulator's own program, and keeps its world beside ours."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest


@pytest.mark.slow
def test_the_command_starts_the_program(tmp_path):
    env = {**os.environ, "DANSHU_DATA": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "danshu.cli", "simulator", "--port", "0", "--speed", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env)
    try:
        url = process.stdout.readline().decode().split()[1]
        with urllib.request.urlopen(url, timeout=60) as reply:
            told = json.load(reply)
        assert told["clock"]["speed"] == 0
        assert (tmp_path / "simulator" / "world.sqlite3").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
