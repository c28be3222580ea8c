"""Text that must fit: first shrink to the smallest readable size, then cut with an ellipsis. Never run over, never wrap a number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from danshu.fulfilment.papers.fonts import REGULAR, Widths, widths

ELLIPSIS = "…"
STEP = 0.5  # points
NOT_AT_START = set("，。；：、？！）》」』】〉％%,.;:?!)]}”’·")
_TOKEN = re.compile(r"[A-Za-z0-9_./+#&@*×:-]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    size: float


def tidy(text: str, face: str = REGULAR) -> str:
    """NFC, one line, no control characters; a character the font has not got becomes `□`, so nobody thinks nothing stood there."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    known = widths(face).known
    if known.issuperset(flat):
        return flat
    return "".join(c if c in known else "□" for c in flat if c in known or unicodedata.category(c)[0] not in "CM")


def cut(text: str, table: Widths, room: float) -> str:
    """The longest beginning of `text` plus `…` that is not wider than `room` (thousandths of the size)."""
    left = room - table[ELLIPSIS]
    kept = []
    for character in text:
        left -= table[character]
        if left < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS


def fit_line(text: str, width: float, *, size: float, least: float, face: str = REGULAR) -> Line:
    """One line of at most `width` points: as large as `size`, shrunk down to `least`, then cut."""
    text = tidy(text, face)
    table = widths(face)
    units = table.of(text)
    if units * size <= width * 1000:
        return Line(text, size)
    shrunk = int(width * 1000 / units / STEP) * STEP
    if shrunk >= least:
        return Line(text, shrunk)
    return Line(cut(text, table, width * 1000 / least), least)


def wrap(text: str, table: Widths, room: float, most: int) -> tuple[list[str], bool]:
    """Lines of at most `room`, and whether everything fitted into `most` of them. Chinese breaks anywhere (but not before a
    closing mark), words and numbers stay whole unless longer than a line."""
    lines: list[str] = []
    line, used = "", 0.0
    for token in _pieces(text, table, room):
        units = table.of(token)
        if used + units <= room or (not line and not token.strip()):
            line, used = line + token, used + units
            continue
        if token in NOT_AT_START and len(line) > 1:
            lines.append(line[:-1])
            line = line[-1] + token
        else:
            lines.append(line.rstrip())
            line = token.lstrip()
        used = table.of(line)
        if len(lines) >= most:
            return [*lines[: most - 1], lines[most - 1] + line], False
    if line:
        lines.append(line)
    return lines, len(lines) <= most


def _pieces(text: str, table: Widths, room: float) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if len(token) > 1 and table.of(token) > room:
            found.extend(token)
        else:
            found.append(token)
    return found


def fit_block(
    text: str, width: float, height: float, *, size: float, least: float, face: str = REGULAR, leading: float = 1.25
) -> list[Line]:
    """Lines within `width` × `height` points: the largest size from `size` down to `least` that holds all, else cut at the end."""
    text = tidy(text, face)
    if not text:
        return []
    table = widths(face)
    now = size
    while True:
        most = max(1, int(height / (now * leading) + 1e-6))
        lines, whole = wrap(text, table, width * 1000 / now, most)
        if whole:
            return [Line(line, now) for line in lines]
        if now - STEP < least:
            break
        now -= STEP
    last = cut(lines[most - 1], table, width * 1000 / now)
    return [Line(line, now) for line in [*lines[: most - 1], last]]
