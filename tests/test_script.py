"""The one script, as far as it can be tried without installing anything."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def script():
    loader = importlib.machinery.SourceFileLoader("danshu_script", str(ROOT / "danshu"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_it_explains_itself():
    said = subprocess.run([sys.executable, ROOT / "danshu"], capture_output=True, text=True, check=True).stdout
    assert "./danshu start" in said
    assert "./danshu test" in said


def test_a_demo_never_moves_into_a_real_database(script, monkeypatch, tmp_path):
    monkeypatch.setenv("DANSHU_DATA", str(tmp_path))
    monkeypatch.setenv("DANSHU_DATABASE_URL", "postgresql://real/one")
    env = script.environment(demo=True)
    assert (env["DANSHU_DATA"], env["DANSHU_DEMO"]) == (str(tmp_path / "demo"), "1")
    assert "DANSHU_DATABASE_URL" not in env
    assert script.environment()["DANSHU_DATABASE_URL"] == "postgresql://real/one"


def test_an_address_in_use_is_told_before_anything_is_done(script, monkeypatch):
    monkeypatch.setattr(script, "prepare", lambda env: pytest.fail("it should have stopped before"))
    with script.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(script.FailedError, match=f"127.0.0.1:{port}"):
            script.start(["--bind", f"127.0.0.1:{port}"])


def test_what_failed_is_shown(script):
    with pytest.raises(script.FailedError, match="the milk is gone"):
        script.run([sys.executable, "-c", "print('the milk is gone'); raise SystemExit(3)"])


def test_nothing_is_installed_twice(script, tmp_path):
    stamp = tmp_path / "stamp"
    assert not script.is_stamped(stamp, "a")
    stamp.write_text("a\nb")
    assert script.is_stamped(stamp, "b")


def test_locks_name_packages_by_hash_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "index-url" not in text
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
