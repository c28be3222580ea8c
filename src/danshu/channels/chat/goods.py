"""Lines of goods: words and pieces. `红色XL 2件`, `马克杯*3`, `两个雾蓝杯子`, `红的蓝的各一件`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from danshu.channels.chat.found import ChatOrder, Found, Goods, Span, Why
from danshu.channels.chat.sheet import Sheet

_NUMBER = r"(?:\d{1,5}|[一二两俩三仨四五六七八九十]{1,3})"
_UNIT = (
    r"(?:件|个|只|套|份|盒|包|袋|瓶|箱|条|双|对|把|台|本|支|张|罐|桶|块|片|串|束|卷|枚|杯|朵|副|幅|床|组|提|盏|根|颗|册|顶|pcs?|"
    r"(?P<measure>斤|公斤|千克|kg|克|打|米|g))"
)
TOKEN = re.compile(
    rf"(?P<each>各[要来买拿]?[ \t]?(?P<n3>{_NUMBER})[ \t]?(?:{_UNIT.replace('measure', 'm3')})?)"
    rf"|[*×][ \t]?(?P<n1>\d{{1,5}}|[一二两三四五六七八九十])[ \t]?(?:{_UNIT.replace('measure', 'm1')})?(?![\d.])"
    rf"|(?<![A-Za-z])[xX][ \t]?(?P<n4>\d{{1,4}})(?![\dA-Za-z.])(?:{_UNIT.replace('measure', 'm4')})?"
    rf"|(?<![\d.第几这那每半])(?P<n2>{_NUMBER})[ \t]?{_UNIT.replace('measure', 'm2')}(?!人|月|小时|星期|天|地址|问题|电话|钱|包邮|"
    rf"以上|起|号|楼|\d)",
    re.IGNORECASE,
)
TRAILING = re.compile(r"(?:(?<=[\u4e00-\u9fa5A-Za-z)])[ \t]+|\+[ \t]?)(?P<n>\d{1,2})[ \t]*$")
HARD = re.compile(r"[\n,，;；。|!！?？~]|、|\+(?!\d)|(?<=[\u4e00-\u9fa5])(?:和|跟|以及|还有|另外)(?=[\u4e00-\u9fa5A-Za-z\d])")
LISTED = re.compile(r"[ \t、,，/+]|和|跟|及|以及")
LEAD = re.compile(
    r"^(?:\d{1,2}[.、)](?!\d)|[①-⑳]|[-.:：、,，()（）*\s]|以上|以下|每个地址|每人|都要|我想要|我要|想要|麻烦|帮我|给我|需要|下单|订购|"
    r"预订|购买|再来|再加|再要|追加|一共|总共|那就|就要|先来|先要|先|要|来|买|订|拍|拿|加|还有|另外|和|跟|共|"
    r"老板娘|老板|亲|你好|您好|在吗|的话|再|寄|发)+"
)
TAIL = re.compile(
    r"(?:[-.:：、,，()（）*=\s]|要|来|买|拿|吧|哦|呢|啊|哈|谢谢|多谢|辛苦了?|就行|就好|可以吗|好吗|的话|一共|总共|共|各|数量|[的得])+$"
)
CHINESE = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "俩": 2, "仨": 3}
WORDS_ONLY = re.compile(r"[\u4e00-\u9fffA-Za-z]{2}")


def number(text: str) -> int:
    """`12`, `两`, `十二`, `二十` → a whole number; 0 for anything else."""
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return (CHINESE.get(tens, 0) if tens else 1) * 10 + (CHINESE.get(ones, 0) if ones else 0)
    return CHINESE.get(text, 0) if len(text) == 1 else 0


def read_goods(paper: Sheet, order: ChatOrder) -> None:
    """Goods of the labels first, then of what is free."""
    spans = [span for label, _line in paper.labelled("goods") for span in _labelled(paper, label.end, label.value_end)]
    specs = [_plain(paper, Span(label.end, label.value_end)) for label, _line in paper.labelled("spec")]
    counts = [(number(m[0]), Span(*m.span())) for label, _line in paper.labelled("quantity")
              if (m := re.compile(_NUMBER).search(paper.text, label.end, label.value_end))]  # fmt: skip
    found = [goods for span in spans for goods in _run(paper, span, is_labelled=True)]
    for label, _line in paper.labelled("goods", "spec", "quantity"):
        paper.use(Span(label.start, label.value_end))
    for line in paper.lines:
        for span in list(paper.free(line)):
            for run in _runs(paper, span):
                found += _run(paper, run, is_labelled=False)
    _specify(paper, found, [spec for spec in specs if spec.end > spec.start])
    for goods, (count, span) in zip(found, counts, strict=False):
        if count:
            found[found.index(goods)] = Goods(goods.text, Found(str(count), 0.97, (span,)))
    order.goods = [goods for goods in found if goods.text.value or goods.quantity.value]


def _labelled(paper: Sheet, at: int, end: int) -> list[Span]:
    """The value of a goods label, cut at its separators; an empty value leaves the lines below to the rest."""
    return list(_runs(paper, Span(at, end))) if paper.text[at:end].strip() else []


def _plain(paper: Sheet, span: Span) -> Span:
    words = paper.text[span.start : span.end]
    return Span(span.start + len(words) - len(words.lstrip(" ,，;；")), span.start + len(words.rstrip(" ,，;；。")))


def _specify(paper: Sheet, found: list[Goods], specs: list[Span]) -> None:
    """颜色 and 尺码 belong to the goods in front of them, where there is only one."""
    if len(found) == 1 and specs:
        goods = found[0]
        words = " ".join([goods.text.value, *(paper.text[span.start : span.end] for span in specs)]).strip()
        found[0] = Goods(Found(words, goods.text.confidence, (*goods.text.spans, *specs)), goods.quantity)
    elif not found and specs:
        words = " ".join(paper.text[span.start : span.end] for span in specs)
        found.append(Goods(Found(words, 0.85, tuple(specs)), Found("1", 0.6, (), Why.UNSAID)))


def _runs(paper: Sheet, span: Span) -> Iterator[Span]:
    """Cut at hard separators; `红的、蓝的各一件` stays whole."""
    at = span.start
    each = re.compile(r"各[要来买拿]?[ \t]?[\d一二两三四五六七八九十]").search(paper.text, span.start, span.end)
    for match in HARD.finditer(paper.text, span.start, span.end):
        if each and match.start() < each.start() and match[0] not in "\n;；。|!！?？~":
            continue
        if match.start() > at:
            yield Span(at, match.start())
        at = match.end()
    if at < span.end:
        yield Span(at, span.end)


def _run(paper: Sheet, run: Span, *, is_labelled: bool) -> list[Goods]:
    text = paper.text
    tokens = list(TOKEN.finditer(text, run.start, run.end))
    if not tokens:
        return _uncounted(paper, run, is_labelled=is_labelled)
    if tokens[0]["each"]:
        return _each(paper, run, tokens[0])
    ahead = not WORDS_ONLY.search(_clean(text, Span(run.start, tokens[0].start()))[0]) and not is_labelled
    found, at = [], run.start
    for place, token in enumerate(tokens):
        if ahead:
            words = Span(token.end(), tokens[place + 1].start() if place + 1 < len(tokens) else run.end)
        else:
            words = Span(at, token.start())
            at = token.end()
        found.append(_goods(paper, words, token))
    paper.use(run)
    if (
        not ahead
        and (rest := _clean(text, Span(at, run.end)))[0]
        and len(found) == 1
        and text[at : run.end].lstrip().startswith(("(", "（"))
    ):
        only = found[0]
        found[0] = Goods(Found(f"{only.text.value} {rest[0]}", only.text.confidence, (*only.text.spans, rest[1])), only.quantity)
    return found


def _uncounted(paper: Sheet, run: Span, *, is_labelled: bool) -> list[Goods]:
    match = TRAILING.search(paper.text, run.start, run.end)
    words, span = _clean(paper.text, Span(run.start, match.start() if match else run.end))
    if match and WORDS_ONLY.search(words):
        paper.use(run)
        return [Goods(Found(words, 0.85, (span,)), Found(match["n"], 0.7, (Span(match.start("n"), match.end("n")),), Why.UNSAID))]
    if is_labelled and words:
        return [Goods(Found(words, 0.9, (span,)), Found("1", 0.6, (), Why.UNSAID))]
    return []


def _each(paper: Sheet, run: Span, token: re.Match[str]) -> list[Goods]:
    """`雾蓝、奶白各一个` → two lines of one."""
    pieces, at = [], run.start
    for match in LISTED.finditer(paper.text, run.start, token.start()):
        pieces.append(Span(at, match.start()))
        at = match.end()
    pieces.append(Span(at, token.start()))
    found = [_goods(paper, piece, token) for piece in pieces if _clean(paper.text, piece)[0]]
    behind = Span(token.end(), run.end)
    if not found and _clean(paper.text, behind)[0]:
        found = [_goods(paper, behind, token)]
    paper.use(run)
    return found or [_goods(paper, Span(run.start, run.start), token)]


def _goods(paper: Sheet, words: Span, token: re.Match[str]) -> Goods:
    value, span = _clean(paper.text, words)
    written = next((token[name] for name in ("n1", "n2", "n3", "n4") if token[name]), "")
    count = number(written)
    is_measure = any(token[name] for name in ("m1", "m2", "m3", "m4"))
    sure, why = (0.5, Why.MEASURE) if is_measure else (0.95, None) if 0 < count < 1000 else (0.4, Why.DIGITS)
    is_word = WORDS_ONLY.search(value) is not None
    text = Found(value, 0.9 if is_word else 0.6, (span,), None if is_word else Why.UNSAID) if value else Found(why=Why.MISSING)
    return Goods(text, Found(str(count) if count else "", sure, (Span(*token.span()),), why))


def _clean(text: str, span: Span) -> tuple[str, Span]:
    """Without 我要 … in front and 谢谢 … behind."""
    words = text[span.start : span.end]
    lead = LEAD.match(words)
    start = lead.end() if lead else 0
    tail = TAIL.search(words, start)
    end = tail.start() if tail else len(words)
    if words[start:end].count("(") > words[start:end].count(")") and words.startswith(")", end):
        end += 1
    return words[start:end], Span(span.start + start, span.start + end)
