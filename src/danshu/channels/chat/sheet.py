"""One order while it is read: its lines, labels and phones, and which signs are spoken for already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from danshu.channels.chat import phones
from danshu.channels.chat.found import Span
from danshu.channels.chat.labels import Label, labels
from danshu.channels.chat.messages import Line
from danshu.channels.chat.phones import Phone

CUT = re.compile(r"[\s,，;；、。|/!?！？~:()（）{}<>\"'“”‘’《》「」]+")
COUNTED = re.compile(
    r"[*xX+]\s?\d|\d\s?(?:件|个|只|套|份|盒|包|袋|瓶|箱|条|双|对|把|台|本|支|张|桶|块|杯)(?!人|月)|[一两二三四五六七八九十](?:件|个|"
    r"只|套|份|盒|包|袋|瓶|箱|条|双|把|本|支|张|块|杯)|各[一二两三四五\d]"
)


@dataclass(slots=True)
class Sheet:
    """One order while it is read: the flat text, its lines, and which signs are spoken for."""

    text: str
    lines: Sequence[Line]
    used: bytearray
    labels: dict[int, list[Label]] = field(default_factory=dict)  # by line start
    phones: list[Phone] = field(default_factory=list)

    def use(self, span: Span) -> None:
        self.used[span.start : span.end] = b"\1" * (span.end - span.start)

    def is_free(self, span: Span) -> bool:
        return not any(self.used[span.start : span.end])

    def labelled(self, *kinds: str) -> Iterator[tuple[Label, Line]]:
        for line in self.lines:
            for label in self.labels[line.start]:
                if label.kind in kinds:
                    yield label, line

    def free(self, line: Line) -> Iterator[Span]:
        """The stretches of a line that nothing has used."""
        at = line.start
        while at < line.end:
            if self.used[at]:
                at += 1
                continue
            stop = self.used.find(1, at, line.end)
            stop = line.end if stop < 0 else stop
            yield Span(at, stop)
            at = stop


def sheet(text: str, lines: Sequence[Line], used: bytearray) -> Sheet:
    made = Sheet(text, lines, used)
    for line in lines:
        made.labels[line.start] = labels(text, line.start, line.end)
        made.phones += phones.phones(text, line.start, line.end)
    return made


def trim(text: str, span: Span) -> Span:
    """Without separators at both ends."""
    start, end = span
    while start < end and CUT.fullmatch(text[start]):
        start += 1
    while end > start and CUT.fullmatch(text[end - 1]) and text[end - 1] not in ")）":
        end -= 1
    return Span(start, end)


def cut(paper: Sheet, line: Line) -> list[Span]:
    """The pieces of what is free of a line."""
    found = []
    for span in paper.free(line):
        at = span.start
        for match in CUT.finditer(paper.text, span.start, span.end):
            if match.start() > at:
                found.append(Span(at, match.start()))
            at = match.end()
        if at < span.end:
            found.append(Span(at, span.end))
    return found


def first_free(paper: Sheet, span: Span) -> Span:
    """The stretch up to the first sign that something else has used."""
    start = span.start
    while start < span.end and (paper.used[start] or paper.text[start] in " \t:,，"):
        start += 1
    stop = paper.used.find(1, start, span.end)
    return Span(start, span.end if stop < 0 else stop)
