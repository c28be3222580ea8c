"""Region and detail of one order's lines."""

from __future__ import annotations

import re
from dataclasses import replace

from danshu.channels.chat import names, regions
from danshu.channels.chat.found import ChatOrder, Found, Span, Why
from danshu.channels.chat.labels import Label
from danshu.channels.chat.messages import Line
from danshu.channels.chat.sheet import COUNTED, CUT, Sheet, cut, first_free, trim

ADDRESS = re.compile(
    r"路|街|道|号|楼|栋|幢|座|室|单元|层|村|组|镇|乡|巷|弄|里|苑|园|小区|花园|大厦|广场|公寓|城|店|公司|学校|大学|学院|中学|小学|医院|"
    r"宿舍|校区|工业|厂|门|期|区|户|府|庄|屯|寨|湾|"
    r"桥|站|收发室|驿站|快递柜|丰巢|物流|超市|市场|中心|社区|大院|家园|新村|院|部队|银行|酒店|商铺|铺|仓|库|国际|名都|豪庭|华庭|雅居|"
    r"一中|二中|前台|转盘|对面|旁|附近|交叉|交汇|口|段|排"
)
BLOCKS = re.compile(r"[A-Za-z]?\d{1,5}(?:[-–#/][A-Za-z]?\d{1,5}){0,3}[A-Za-z]?|[A-Za-z]\d{0,4}(?:座|栋|幢)?")


def read_address(paper: Sheet, order: ChatOrder) -> None:
    """Region and detail: from the labels where there are any, else from the first line that names a place."""
    text = paper.text
    stretches = [(Span(label.end, label.value_end), label) for label, _line in paper.labelled("region", "address")]
    chain, rest, label_spans = None, [], []
    single = _single_parts(paper, order)
    for span, label in stretches:
        if label.word in {"省", "市", "区", "省份", "城市", "区县"} and single:
            continue
        free = first_free(paper, span)
        if free.end <= free.start and (below := _line_below(paper, label)) is not None:
            free = first_free(paper, Span(below.start, below.end))
        label_spans.append(Span(label.start, label.end))
        found = regions.best(text, free.start, free.end) if chain is None and not single else None
        if found is not None and found.start - free.start <= 6:
            chain = found
            free = Span(found.end, free.end)
        rest.append(free)
    if not stretches and not single:
        chain, rest = _unlabelled(paper)
    elif rest:
        rest = [*rest[:-1], _grown(paper, rest[-1])]
    for span in label_spans:
        paper.use(span)
    if chain is not None:
        order.province, order.city, order.district = chain.province, chain.city, chain.district
        paper.use(Span(chain.start, chain.end))
    _several(paper, order, is_labelled=bool(stretches))
    _detail(paper, order, [trim(text, span) for span in rest], sure=0.95 if stretches else 0.92)


def _single_parts(paper: Sheet, order: ChatOrder) -> bool:
    """省：… 市：… 区：… on their own: read together, as if they stood in a row."""
    parts = [(label, trim(paper.text, Span(label.end, label.value_end))) for label, _line in paper.labelled("region")
             if label.word in {"省", "市", "区", "省份", "城市", "区县"}]  # fmt: skip
    if len(parts) < 2:
        return False
    joined = " ".join(paper.text[span.start : span.end] for _label, span in parts)
    chain = regions.read(joined, 0, len(joined))
    if chain is None:
        return False
    spans = tuple(span for _label, span in parts)
    for label, span in parts:
        paper.use(Span(label.start, span.end))
    order.province, order.city = replace(chain.province, spans=spans), replace(chain.city, spans=spans)
    order.district = replace(chain.district, spans=spans) if chain.district.value else chain.district
    return True


def _line_below(paper: Sheet, label: Label) -> Line | None:
    for at, line in enumerate(paper.lines[:-1]):
        if line.start <= label.start < line.end and label.value_end == line.end and not paper.labels[paper.lines[at + 1].start]:
            return paper.lines[at + 1]
    return None


def _unlabelled(paper: Sheet) -> tuple[regions.Chain | None, list[Span]]:
    best: tuple[regions.Chain, Line, Span] | None = None
    for line in paper.lines:
        for span in paper.free(line):
            chain = regions.best(paper.text, span.start, span.end)
            if chain is not None and (best is None or (chain.score > best[0].score and not best[0].is_strong)):
                best = (chain, line, span)
    if best is None or best[0].score < 1.5:
        return None, _no_region(paper)
    chain, _line, span = best
    return chain, [_grown(paper, Span(chain.end, _stop(paper, chain.end, span.end)))]


def _no_region(paper: Sheet) -> list[Span]:
    """An address without any region: the longest piece that has a house in it."""
    pieces = [
        piece
        for line in paper.lines
        for piece in cut(paper, line)
        if re.search(r"\d|[一二三四五六七八九十]", paper.text[piece.start : piece.end])
        and _is_address(paper.text[piece.start : piece.end])
        and piece.end - piece.start >= 6
    ]
    return [max(pieces, key=lambda piece: piece.end - piece.start)] if pieces else []


def _is_address(piece: str) -> bool:
    if COUNTED.search(piece):
        return False
    if names.looks(piece) >= 0.85 and not re.search(r"\d", piece):
        return False
    return bool(BLOCKS.fullmatch(piece)) or ADDRESS.search(piece, 1 if len(piece) > 1 else 0) is not None


def _stop(paper: Sheet, at: int, end: int) -> int:
    """Where the detail ends within its stretch: at the first piece behind it that is none of an address."""
    text, stop, is_first = paper.text, at, True
    while at < end:
        gap = CUT.match(text, at, end)
        at = gap.end() if gap else at
        nxt = CUT.search(text, at, end)
        piece_end = nxt.start() if nxt else end
        if nxt and text[nxt.start()] in "(（" and (close := _closing(text, nxt.start(), end)):
            piece_end = close
        if piece_end <= at:
            break
        piece = text[at:piece_end]
        sure_name = names.looks(piece) >= 0.85 and not re.search(r"\d", piece)
        if not (_is_address(piece) or (is_first and not COUNTED.search(piece) and not sure_name)):
            break
        stop, at, is_first = piece_end, piece_end, False
    return stop


def _closing(text: str, at: int, end: int) -> int:
    """Behind the bracket that closes the one here, and what hangs on it; 0 when it stays open."""
    close = next((i for i in range(at, min(end, at + 30)) if text[i] in ")）"), -1)
    if close < 0:
        return 0
    nxt = CUT.search(text, close + 1, end)
    return nxt.start() if nxt else end


def _grown(paper: Sheet, span: Span) -> Span:
    """With the next line, when an address goes on there and the line has nothing else."""
    for at, line in enumerate(paper.lines[:-1]):
        after = paper.lines[at + 1]
        if not line.start <= span.start <= line.end or paper.text[span.end : line.end].strip(" ,，。;；") or after.gap:
            continue
        words = paper.text[after.start : after.end].strip()
        if paper.labels[after.start] or any(paper.used[after.start : after.end]) or COUNTED.search(words):
            continue
        if (
            _is_address(words)
            and not names.looks(words) >= 0.8
            and len(words) <= 60
            and (re.search(r"\d|[一二三四五六七八九十]+[号楼室层栋幢单]", words) or span.start == span.end)
        ):
            return Span(span.start, after.end)
    return span


def _several(paper: Sheet, order: ChatOrder, *, is_labelled: bool) -> None:
    """Two full addresses in one order: a person says which."""
    if is_labelled or not order.province.value:
        return
    found = {(chain.province.value, chain.city.value, chain.district.value)
             for line in paper.lines for span in paper.free(line) for chain in regions.count(paper.text, span.start, span.end)}  # fmt: skip
    if {each for each in found if each[:2] != (order.province.value, order.city.value)}:
        for part in ("province", "city", "district"):
            value: Found = getattr(order, part)
            setattr(order, part, replace(value, confidence=min(value.confidence, 0.6), why=Why.SEVERAL))


def _detail(paper: Sheet, order: ChatOrder, spans: list[Span], sure: float) -> None:
    pieces = [span for span in spans if span.end > span.start]
    for span in pieces:
        paper.use(span)
    value = "".join(re.sub(r"\s*\n\s*", "", paper.text[span.start : span.end]) for span in pieces)
    if not value:
        return
    is_thin = len(value) < 4 or not re.search(r"\d|[一二三四五六七八九十号楼室村组店院校厂]", value)
    order.address = Found(value, 0.7 if is_thin else sure, tuple(pieces), Why.UNSAID if is_thin else None)
