"""A paste → orders: whose messages, which lines belong together, and what each line says."""

from __future__ import annotations

from dataclasses import replace

from danshu.channels.chat import addresses, asides, goods, messages, numbers, receivers
from danshu.channels.chat import sheet as sheets
from danshu.channels.chat.flat import flat
from danshu.channels.chat.found import ChatOrder, Goods, Reading, Span, Why
from danshu.channels.chat.grouping import Group, groups
from danshu.channels.chat.messages import Talk

LONGEST = 100_000  # signs of one paste


def read(text: str) -> Reading:
    """All orders of the paste in the order of their first lines. Never raises; what is beyond `LONGEST` is not read."""
    seen = flat(text[:LONGEST])
    used = bytearray(len(seen))
    for span in messages.noise(seen):
        used[span.start : span.end] = b"\1" * (span.end - span.start)
    talks = messages.talks(seen)
    made: list[ChatOrder] = []
    for talk in talks:
        found = _meant(talks, talk, groups(seen, talk.lines))
        common = _common(seen, used, found[0].shared) if found else ChatOrder(())
        made += [_order(seen, used, talk, group, common, text) for group in found]
    made = [order for order in made if _says_something(order)]
    made.sort(key=lambda order: order.lines[0])
    taken = bytearray(len(seen) + 1)
    for order in made:
        for start, end in order.lines:
            taken[start : end + 1] = b"\1" * (end + 1 - start)
    rest = [Span(line.start, line.end) for talk in talks for line in talk.lines if not taken[line.start]]
    return Reading(made, tuple(rest))


def _meant(talks: list[Talk], talk: Talk, found: list[Group]) -> list[Group]:
    """In a talk of two, the one who names no receiver is the seller: what he repeats is no order."""
    if len(talks) == 2 and not any(group.has_receiver for group in found):
        other = talks[1] if talks[0] is talk else talks[0]
        if other.lines and talk.nick:
            return []
    return found


def _order(seen: str, used: bytearray, talk: Talk, group: Group, common: ChatOrder, text: str) -> ChatOrder:
    order = ChatOrder(tuple(Span(line.start, line.end) for line in (*group.lines, *group.shared)), talk.nick)
    paper = sheets.sheet(seen, group.lines, used)
    numbers.drop_senders(paper)
    numbers.drop_numbers(paper)
    numbers.read_phone(paper, order)
    asides.read_paid(paper, order)
    asides.read_remark(paper, order)
    addresses.read_address(paper, order)
    receivers.read_name(paper, order)
    goods.read_goods(paper, order)
    order.goods += common.goods
    if common.remark.value and not order.remark.value:
        order.remark = common.remark
    if group.loose:
        order.goods = [_unsure(each, group.loose, group.lines) for each in order.goods]
    for label, _line in paper.labelled("name", "phone", "region", "address"):
        paper.use(Span(label.start, label.end))
    order.unread = tuple(span for line in group.lines for free in paper.free(line) if (span := sheets.trim(seen, free)).end > span.start)
    return _as_written(order, text)


def _common(seen: str, used: bytearray, lines: list[messages.Line]) -> ChatOrder:
    """What is said once for every order of a talk: 各一份."""
    paper, order = sheets.sheet(seen, lines, used), ChatOrder(())
    asides.read_remark(paper, order)
    goods.read_goods(paper, order)
    return order


def _unsure(each: Goods, loose: set[int], lines: list[messages.Line]) -> Goods:
    span = each.text.spans[0] if each.text.spans else each.quantity.spans[0] if each.quantity.spans else None
    if span is None or not any(line.start in loose and line.start <= span.start <= line.end for line in lines):
        return each
    low = replace(each.text, confidence=min(each.text.confidence, 0.6), why=Why.LOOSE)
    return Goods(low, replace(each.quantity, confidence=min(each.quantity.confidence, 0.6), why=Why.LOOSE))


def _says_something(order: ChatOrder) -> bool:
    return bool(order.phone.value or order.province.value or order.address.value or order.name.is_sure or order.goods)


def _as_written(order: ChatOrder, text: str) -> ChatOrder:
    """Values that are words of the text come as the buyer wrote them: 廣, not 广; full width stays in no phone and no amount."""
    for part in ("name", "address", "remark"):
        found = getattr(order, part)
        if found.is_sure and found.spans:
            joined = {"remark": "，"}.get(part, "")
            value = joined.join("".join(text[span.start : span.end].splitlines()) for span in found.spans)
            setattr(order, part, replace(found, value=value.strip()))
    order.goods = [
        Goods(
            replace(each.text, value=" ".join(text[s.start : s.end] for s in each.text.spans).strip()) if each.text.spans else each.text,
            each.quantity,
        )
        for each in order.goods
    ]
    return order
