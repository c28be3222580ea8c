"""What people read: Chinese first, English complete, nothing written past the catalogues; no style and no script inside a page."""

import re
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from danshu.cli import catalogues

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "src" / "danshu" / "web" / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "frontend" / "js").glob("*.js"))
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
MARKED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_say_nothing_past_the_catalogue(path):
    raw, inside = [], ""
    for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
        word = token.contents.split()[0] if token.token_type == TokenType.BLOCK and token.contents.split() else ""
        if word == "end" + inside and inside:
            inside = ""
        elif inside or token.token_type == TokenType.COMMENT:
            continue
        elif word in {"blocktranslate", "blocktrans", "comment"}:
            inside = word
        elif word in {"translate", "trans"}:
            continue
        elif CHINESE.search(MARKED.sub("", token.contents)):
            raw.append(f"{token.lineno}: {token.contents.strip()[:80]}")
    assert raw == []


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_scripts_say_nothing_of_their_own(path):
    code = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert CHINESE.findall(code) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_hold_no_style_and_no_script(path):
    assert INLINE.findall(path.read_text(encoding="utf-8")) == []


def test_every_text_has_its_english():
    findings = catalogues.check()
    assert {title: lines for title, lines in vars(findings).items() if lines} == {}
