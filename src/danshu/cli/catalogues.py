"""The rooms' message catalogues (`.po`): kept in step with the code, checked, compiled to the `.mo` files that run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polib

from danshu.cli import texts
from danshu.cli.texts import Text

_HOLES = re.compile(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]|\{\w*\}")


@dataclass
class Findings:
    """What stands between the catalogues and a page without a foreign word; each line names room and text."""

    missing: list[str] = field(default_factory=list)  # in the code, not in the catalogue
    untranslated: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # placeholders differ, or one text has two translations

    def __bool__(self) -> bool:
        return bool(self.missing or self.untranslated or self.broken)


def path_of(room: str) -> Path:
    return texts.ROOT / room / "locale" / "en" / "LC_MESSAGES" / "django.po"


def merge(only: str | None = None) -> int:
    """Bring the catalogues in step with the code: new texts are added (with the English another room has for them), texts that
    went are kept as obsolete, so that they come back with their English. Returns the number of texts added."""
    known = _translations()
    added = 0
    for room, wanted in texts.by_room(only).items():
        path = path_of(room)
        catalogue = _open(path)
        before = str(catalogue)
        added += _fill(catalogue, wanted, known)
        catalogue.sort(key=lambda entry: (entry.obsolete, entry.msgid, entry.msgctxt or ""))
        if str(catalogue) != before or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{catalogue}\n", encoding="utf-8")
    return added


def check(only: str | None = None) -> Findings:
    findings = Findings()
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for room, wanted in texts.by_room().items():
        entries = {_key(entry): entry for entry in _open(path_of(room)) if not entry.obsolete}
        for text in sorted(wanted):
            entry = entries.get((text.msgid, text.context))
            if entry and entry.translated():
                said = entry.msgstr or entry.msgstr_plural[0]
                other, there = seen.setdefault((text.msgid, text.context), (said, room))
                if other != said and only in {None, room, there}:
                    findings.broken.append(f"{room}: {text.msgid!r} is {said!r} here and {other!r} in {there}")
            if only in {None, room}:
                _judge(findings, room, text, entry)
    return findings


def compile_all() -> int:
    """Write the `.mo` beside each `.po` that is newer. Returns how many were written."""
    written = 0
    for path in texts.ROOT.glob("**/locale/*/LC_MESSAGES/django.po"):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < path.stat().st_mtime_ns:
            polib.pofile(str(path)).save_as_mofile(str(target))
            written += 1
    return written


def _judge(findings: Findings, room: str, text: Text, entry: polib.POEntry | None) -> None:
    if entry is None:
        findings.missing.append(f"{room}: {text.msgid!r}")
    elif not entry.translated():
        findings.untranslated.append(f"{room}: {text.msgid!r}")
    else:
        holes = set(_HOLES.findall(text.msgid))
        for said in [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values():
            if not set(_HOLES.findall(said)) <= holes or (not entry.msgid_plural and set(_HOLES.findall(said)) != holes):
                findings.broken.append(f"{room}: {text.msgid!r} has other placeholders than {said!r}")


def _fill(catalogue: polib.POFile, wanted: Iterable[Text], known: dict[tuple[str, str], polib.POEntry]) -> int:
    entries = {_key(entry): entry for entry in catalogue}
    added = 0
    for text in wanted:
        entry = entries.pop((text.msgid, text.context), None)
        if entry is None:
            catalogue.append(_fresh(text, known.get((text.msgid, text.context))))
            added += 1
            continue
        entry.obsolete = 0
        if text.plural and not entry.msgid_plural:
            entry.msgid_plural, entry.msgstr_plural, entry.msgstr = text.plural, {0: entry.msgstr, 1: ""}, ""
    for gone in entries.values():
        if gone.translated():
            gone.obsolete = 1
        else:
            catalogue.remove(gone)
    return added


def _fresh(text: Text, known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=text.msgid, msgctxt=text.context or None)
    if text.plural:
        entry.msgid_plural = text.plural
        entry.msgstr_plural = dict(known.msgstr_plural) if known and known.msgid_plural else {0: "", 1: ""}
    elif known:
        entry.msgstr = known.msgstr
    if "%(" in text.msgid or "%s" in text.msgid or "%d" in text.msgid:
        entry.flags = ["python-format"]
    return entry


def _open(path: Path) -> polib.POFile:
    if path.exists():
        return polib.pofile(str(path), wrapwidth=0)
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return catalogue


def _translations() -> dict[tuple[str, str], polib.POEntry]:
    return {
        _key(entry): entry
        for path in sorted(texts.ROOT.glob("**/locale/en/LC_MESSAGES/django.po"))
        for entry in polib.pofile(str(path))
        if entry.translated()
    }


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgid, entry.msgctxt or ""
