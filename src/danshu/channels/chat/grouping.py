"""The lines of one talk → the lines of each order in it.

An order is built around one phone. Between two phones the border is, in this order: a number in front of a line, a label that comes
again, an empty line, and else what keeps one address on either side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from danshu.channels.chat import names, phones, regions
from danshu.channels.chat.labels import labels
from danshu.channels.chat.messages import Line
from danshu.channels.chat.sheet import COUNTED, CUT

NUMBERED = re.compile(
    r"[ \t]*(?:\d{1,2}[.、)](?!\d{3})|\d{1,2}[ \t]+(?=[\u4e00-\u9fa5]{2,4}[ \t,，])|[①-⑳]|[一二三四五六七八九十]{1,2}、|"
    r"第[一二三四五六七八九十\d]{1,2}[个份单])"
)
SHARED = re.compile(r"各[要来买拿]?[一二两三四五六七八九十\d]|每人|每个地址|每份地址|每家|分别")
INNER = re.compile(r"[;；。]|[ \t](?=\d{1,2}[.、)][ \t]?[\u4e00-\u9fa5])")


@dataclass(slots=True)
class Feature:
    """What a line has."""

    line: Line
    phones: int = 0
    is_region: bool = False
    kinds: frozenset[str] = frozenset()
    is_goods: bool = False
    is_name: bool = False
    is_numbered: bool = False

    @property
    def is_receiver(self) -> bool:
        return bool(self.phones or self.is_region or self.is_name or self.kinds & {"name", "phone", "region", "address"})


@dataclass(slots=True)
class Group:
    """`loose`: starts of lines that may belong to the neighbour; `shared`: starts of lines that count for every order of the talk."""

    lines: list[Line]
    loose: set[int] = field(default_factory=set)
    shared: list[Line] = field(default_factory=list)
    has_receiver: bool = True


def groups(text: str, lines: Sequence[Line]) -> list[Group]:
    features = [feature(text, part) for line in lines for part in _halves(text, line)]
    anchors = _anchors(text, features)
    if not anchors:
        has_goods = any(each.is_goods for each in features)
        has_place = any(each.is_region or each.kinds & {"name", "address", "region"} for each in features)
        return [Group([each.line for each in features], has_receiver=has_place)] if has_goods or has_place else []
    if len(anchors) == 1:
        return [Group([each.line for each in features])]
    apart = {at for at, each in enumerate(features) if (at < anchors[0] or at > anchors[-1]) and not each.phones and not each.is_region
             and SHARED.search(_words(text, each.line))}  # fmt: skip
    kept = [at for at in range(len(features)) if at not in apart]
    places = {at: place for place, at in enumerate(kept)}
    shared = [features[at].line for at in sorted(apart)]
    return _split([features[at] for at in kept], [places[at] for at in anchors], shared)


def _words(text: str, line: Line) -> str:
    return text[line.start : line.end]


def _halves(text: str, line: Line) -> list[Line]:
    """A line with two people's phones, cut at the signs between them."""
    found = [phone for phone in phones.phones(text, line.start, line.end) if phone.is_anchor]
    parts, start = [], line.start
    for one, other in pairwise(found):
        between = text[one.span.end : other.span.start]
        if one.value == other.value or len(between) < 8:
            continue
        if (match := INNER.search(text, one.span.end, other.span.start)) is not None and regions.best(text, start, line.end) is not None:
            parts.append(Line(start, match.end(), line.gap if start == line.start else True))
            start = match.end()
    return [*parts, Line(start, line.end, line.gap if not parts else True)]


def feature(text: str, line: Line) -> Feature:
    found = labels(text, line.start, line.end)
    kinds = frozenset(label.kind for label in found)
    own = [phone for phone in phones.phones(text, line.start, line.end) if phone.is_anchor]
    senders = [label for label in found if label.kind == "sender"]
    if senders and not any(label.word.startswith("收") for label in found):
        own = []
    chain = regions.best(text, line.start, min(line.end, line.start + 400))
    words = _words(text, line)
    pieces = [piece for piece in CUT.split(words) if piece]
    return Feature(
        line, len({phone.value for phone in own}), chain is not None and chain.score >= 2.5 and not senders, kinds,
        COUNTED.search(words) is not None and not (chain and chain.is_strong and not own),
        len(pieces) == 1 and names.looks(pieces[0]) >= 0.8, NUMBERED.match(words) is not None,
    )  # fmt: skip


def _anchors(text: str, features: Sequence[Feature]) -> list[int]:
    """Lines around which orders are built: each person's phone once, and whole addresses whose phone is missing."""
    found: list[int] = []
    for at, each in enumerate(features):
        if not each.phones:
            continue
        if found and _is_second(text, features, found[-1], at):
            continue
        found.append(at)
    whole = [at for at in found if features[at].is_region]
    if len(whole) >= 2 and len(whole) == len(found):
        extra = [
            at
            for at, each in enumerate(features)
            if each.is_region
            and not each.phones
            and (each.is_numbered or each.line.gap or _in_row(features, at))
            and len(_words(text, each.line)) >= 12
        ]
        found = sorted({*found, *extra})
    return found


def _in_row(features: Sequence[Feature], at: int) -> bool:
    """Between two lines that are whole orders by themselves."""
    around = [features[i] for i in (at - 1, at + 1) if 0 <= i < len(features)]
    return len(around) == 2 and all(each.phones and each.is_region for each in around)


def _is_second(text: str, features: Sequence[Feature], before: int, at: int) -> bool:
    """A line that gives the same person another number."""
    words = _words(text, features[at].line)
    if "备用" in words or "另一个" in words or "座机" in words:
        return True
    between = features[before + 1 : at]
    is_bare = len(re.sub(r"[\d\s+()-]|电话|手机|号码?|:|或者?|/", "", words)) == 0
    return (
        is_bare
        and not features[at].line.gap
        and not any(each.is_receiver or each.line.gap for each in between)
        and at - before == 1
        and not features[at].is_numbered
        and "name" not in features[at].kinds
    )


def _split(features: Sequence[Feature], anchors: Sequence[int], shared: list[Line]) -> list[Group]:
    borders, loose = [0], set()
    for one, other in pairwise(anchors):
        border, doubtful = _border(features, borders[-1], one, other)
        borders.append(border)
        loose |= {features[at].line.start for at in doubtful}
    borders.append(len(features))
    if loose and (settled := _habit(features, borders, anchors)) is not None:
        borders, loose = settled, set()
    return [Group([each.line for each in features[start:end]], loose, shared) for start, end in pairwise(borders)]


def _border(features: Sequence[Feature], start: int, one: int, other: int) -> tuple[int, range]:
    """Where the order of `other` begins, and the lines of which nobody can be sure."""
    between = range(one + 1, other + 1)
    none = range(0)
    numbered = [at for at in between if features[at].is_numbered]
    if numbered and (features[one].is_numbered or any(features[at].is_numbered for at in range(start, one + 1)) or len(numbered) == 1):
        return numbered[0], none
    seen = set[str]().union(*(features[at].kinds for at in range(start, one + 1)))
    for at in between:
        again = features[at].kinds & seen & {"name", "phone", "address", "region", "goods"}
        if again:
            return at, none
        seen |= features[at].kinds
    gaps = [at for at in between if features[at].line.gap]
    low, high = _between_addresses(features, start, one, other)
    inside = [at for at in gaps if low <= at <= high]
    if len(inside) == 1:
        return inside[0], none
    if len(inside) > 1:
        low, high = inside[0], inside[-1]
    border = _first_receiver(features, low, high)
    floating = range(low, border) if len(inside) != 1 else none
    return border, range(low, border) if any(features[at].is_goods for at in floating) and border > low else none


def _between_addresses(features: Sequence[Feature], start: int, one: int, other: int) -> tuple[int, int]:
    """The first and the last line at which the second order may begin."""
    before = [at for at in range(start, one + 1) if features[at].is_region]
    after = [at for at in range(one + 1, other + 1) if features[at].is_region]
    if before or not after or (len(after) == 1 and after[0] == other and not before and other - one > 1):
        return one + 1, after[0] if after and before else other
    return after[0] + 1, after[1] if len(after) > 1 else other


def _first_receiver(features: Sequence[Feature], low: int, high: int) -> int:
    """Going back from `high`, the first of the lines of the second receiver that stand together."""
    at = high
    while at > low and features[at - 1].is_receiver and not features[at - 1].is_goods and not features[at].line.gap:
        at -= 1
    return at


def _habit(features: Sequence[Feature], borders: Sequence[int], anchors: Sequence[int]) -> list[int] | None:
    """Goods before or behind the address: as the ends of the paste have it. None when the ends do not say."""
    first = any(features[at].is_goods and not features[at].phones for at in range(anchors[0]))
    last = any(features[at].is_goods and not features[at].phones for at in range(anchors[-1] + 1, len(features)))
    if first == last:
        return None
    if last:
        return list(borders)
    moved = [borders[0]]
    for border, (one, _other) in zip(borders[1:-1], pairwise(anchors), strict=True):
        at = border
        while at - 1 > one and features[at - 1].is_goods and not features[at - 1].phones and not features[at - 1].is_region:
            at -= 1
        moved.append(at)
    return [*moved, borders[-1]]
