"""A paste → messages: who wrote, and which lines are theirs.

Known shapes: `昵称 2024/5/1 12:30:21` above the text (several messages chosen on a computer), `昵称:` above it (older versions), a
time alone, `昵称: text` when a paste repeats it, and a quoted answer `「昵称：…」` with a line of dashes under it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from danshu.channels.chat.found import Span
from danshu.channels.chat.labels import is_label

_DAY = r"(?:\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/月]\d{1,2}日?|昨天|前天|今天|星期[一二三四五六日天]|周[一二三四五六日天])"
_TIME = rf"(?:{_DAY}[ \t]*)?(?:(?:上午|下午|晚上|凌晨|中午|早上)[ \t]*)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:[ \t]?[AP]M)?"
HEADER = re.compile(rf"[ \t]*(?P<nick>\S.{{0,38}}?)??[ \t(\[]*(?<![\d/.-])(?P<time>{_TIME})[\])]*[ \t]*:?[ \t]*", re.IGNORECASE)
DAY_ONLY = re.compile(rf"[ \t]*{_DAY}[ \t]*")
NICK_ONLY = re.compile(r"[ \t]*(?P<nick>[^\s:\d][^:\n]{0,23}):[ \t]*")
INLINE = re.compile(r"[ \t]*(?P<nick>[^\s:\d,，。]{1,12}):[ \t]*(?=\S)")
RULE = re.compile(r"[ \t]*[-_=~*·. \t]{4,}[ \t]*")
NOISE = re.compile(
    r"\[(?:图片|表情|动画表情|语音|视频|链接|文件|位置|红包|小程序|聊天记录|拍一拍|[\u4e00-\u9fa5]{1,4}|[A-Z][A-Za-z]{1,12})\](?!\d)"
    r"|以上是打招呼的内容|你已添加了?[^\n]{0,30}现在可以开始聊天了|[^\n]{0,20}撤回了一条消息|以下为新消息"
)
KEPT_BRACKETS = re.compile(r"\[(?:转账|微信转账)\]")
LONGEST_HEADER = 90


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `gap`: an empty line, a rule or another message stands before it."""

    start: int
    end: int
    gap: bool = False


@dataclass(slots=True)
class Talk:
    """All that one person wrote, in order."""

    nick: str
    lines: list[Line] = field(default_factory=list)


def noise(text: str) -> list[Span]:
    """Pictures, emoji in brackets and the program's own sentences."""
    return [Span(*match.span()) for match in NOISE.finditer(text) if not KEPT_BRACKETS.fullmatch(match[0])]


def talks(text: str) -> list[Talk]:
    """The people of a paste in the order of their first words; a paste without names is one person's."""
    spans = list(_lines(text))
    inline = _inline_nicks(text, spans)
    found: dict[str, Talk] = {}
    nick, gap, at = "", True, 0
    while at < len(spans):
        start, end = spans[at]
        line = text[start:end]
        if (after := _quote_end(text, spans, at)) is not None:
            at, gap = after, True
            continue
        at += 1
        said = _header(line)
        if said is not None:
            nick, gap = said or nick, True
            continue
        if not line.strip() or RULE.fullmatch(line):
            gap = True
            continue
        if (match := INLINE.match(line)) is not None and match["nick"] in inline:
            nick, gap, start = match["nick"], True, start + match.end()
        found.setdefault(nick, Talk(nick)).lines.append(Line(start, end, gap))
        gap = False
    return list(found.values())


def _lines(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for piece in text.split("\n"):
        spans.append((start, start + len(piece)))
        start += len(piece) + 1
    return spans


def _header(line: str) -> str | None:
    """The nick of a header line ("" for a time alone), None for anything else."""
    if len(line) > LONGEST_HEADER:
        return None
    if (match := HEADER.fullmatch(line)) is not None:
        return (match["nick"] or "").strip(" -:")
    if DAY_ONLY.fullmatch(line):
        return ""
    if (match := NICK_ONLY.fullmatch(line)) is not None and not is_label(match["nick"]):
        return str(match["nick"]).strip()
    return None


def _inline_nicks(text: str, spans: list[tuple[int, int]]) -> set[str]:
    """Names before a colon that come at least twice and are no label."""
    counted = Counter(match["nick"] for start, end in spans if (match := INLINE.match(text[start : min(end, start + 40)])) is not None)
    return {nick for nick, count in counted.items() if count > 1 and not is_label(nick)}


def _quote_end(text: str, spans: list[tuple[int, int]], at: int) -> int | None:
    """Where the lines after a quotation begin: `「小雨:…」`, a rule, then the answer. What is quoted was said before."""
    start, end = spans[at]
    if not text.startswith("「", start):
        return None
    for later in range(at, min(at + 12, len(spans))):
        if text[spans[later][0] : spans[later][1]].rstrip().endswith("」"):
            following = later + 1
            if following < len(spans) and RULE.fullmatch(text[slice(*spans[following])]):
                return following + 1
            return following if ":" in text[start:end] else None
    return None
