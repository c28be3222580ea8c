"""What stands beside address and goods: money paid, and wishes."""

from __future__ import annotations

import re
from decimal import Decimal

from danshu.channels.chat import regions
from danshu.channels.chat.found import ChatOrder, Found, Span, Why
from danshu.channels.chat.sheet import Sheet

_SUM = r"\d{1,7}(?:,\d{3})*(?:\.\d{1,2})?"
AMOUNT = re.compile(
    rf"(?P<word>\[(?:微信)?转账\]|微信转账|转账|转你了?|转给你|转了|已转|已付款?|付了|付款|实付款?|收款|红包|支付宝?|合计|一共|总共|"
    rf"总价|总计|共计?|货款|定金|订金|押金|运费|邮费|优惠|减|差价|单价|每[个件份条])?"
    rf"[ \t:]{{0,3}}(?:(?P<mark>¥|rmb)[ \t]?(?P<a>{_SUM})|(?P<b>{_SUM})[ \t]?(?P<unit>元|块钱|块(?![\u4e00-\u9fa5\d])|rmb))(?P<per>[ "
    rf"\t]?/?(?:一|每)?(?:个|件|份|套|条|盒|只|瓶)(?![\u4e00-\u9fa5]))?",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"(?:\[(?:微信)?转账\]|微信转账|转账|转你了?|已转|已付款?|付了|付款|实付款?)[ \t:]{{0,3}}(?P<a>{_SUM})(?![\d.]|[ \t]?(?:个|件|份|"
    rf"套|条|盒|只|瓶|号|楼))"
)
NOT_PAID = {"定金", "订金", "押金"}
NO_SUM = {"运费", "邮费", "优惠", "减", "差价", "单价", "每个", "每件", "每份", "每条"}
_COURIER = "顺丰|中通|圆通|申通|韵达|极兔|邮政|EMS|ems|京东|德邦|快递"
WISH = re.compile(
    rf"不要(?!紧)|(?<![特区分个性级类])别(?!墅|克)|勿|(?:发|用|走|寄|换|改|只要)(?:{_COURIER})|(?:{_COURIER})(?:发|寄|优先|吧|就好)|"
    rf"放(?:在)?(?:门口|驿站|门卫|快递柜|丰巢|前台|物业|保安)|送货上门|送上门|打电话|提前(?:联系|打|说)|尽快|加急|"
    r"急用|急要|着急|(?:今天|明天|今晚|下午|晚上|周末|周[一二三四五六日天]|下周|月底|\d{1,2}号)(?:之?[前后]|再|能|帮忙)?(?:发|寄|送|"
    r"到)|包装|包好|包严|小票|送人|送礼|送朋友|贺卡|卡片|生日|工作日|发货前|轻放|易碎|"
    r"保密|匿名|写上|晚点发|等通知|先不发|等我|开发票|要发票|抬头|帮忙检查|仔细检查|多包|泡沫"
)
STRONG = re.compile(rf"^(?:不要|别|勿)|(?:发|用|走|寄|换|改)(?:{_COURIER})")
POLITE = re.compile(r"[ \t]*(?:谢谢(?:老板|你|您|亲)?|多谢|感谢|辛苦(?:了|啦)?|麻烦(?:了|您了|你了))[!~。.]*$")
HARD = re.compile(r"[\n,，;；。|!！?？~]")
PIECES = re.compile(
    r"[*×]\s?\d|\d\s?(?:件|个|只|套|份|盒|包|袋|瓶|条|双|把|支|张|块)|[一两二三四五六七八九十](?:件|个|只|套|份|盒|袋|瓶|条|双|把|支|块)"
)


def read_paid(paper: Sheet, order: ChatOrder) -> None:
    """What the buyer says he paid; two different sums are left to a person."""
    found: list[tuple[float, str, Span, Why | None]] = []
    for label, _line in paper.labelled("paid"):
        if (match := re.compile(_SUM).search(paper.text, label.end, label.value_end)) is not None:
            found.append((0.95, match[0], Span(*match.span()), None))
            paper.use(Span(label.start, label.value_end))
    for line in paper.lines:
        for span in list(paper.free(line)):
            for match in AMOUNT.finditer(paper.text, span.start, span.end):
                found += _amount(paper, match)
            for match in BARE.finditer(paper.text, span.start, span.end):
                if paper.is_free(Span(*match.span("a"))):
                    found.append((0.85, match["a"], Span(*match.span("a")), None))
                    paper.use(Span(*match.span()))
    if not found:
        return
    found.sort(key=lambda each: -each[0])
    sure, value, span, why = found[0]
    rivals = [each for each in found[1:] if _same(each[1]) != _same(value) and each[0] >= sure - 0.08]
    if rivals:
        sure, why = 0.6, Why.SEVERAL
    order.paid = Found(
        _same(value), sure, (span,), why, tuple(dict.fromkeys(_same(each[1]) for each in found[1:] if _same(each[1]) != _same(value)))
    )


def _amount(paper: Sheet, match: re.Match[str]) -> list[tuple[float, str, Span, Why | None]]:
    word, value = match["word"] or "", match["a"] or match["b"]
    span = Span(*match.span("a" if match["a"] else "b"))
    whole = Span(*match.span())
    if not paper.is_free(whole) or (not word and not match["mark"] and match["unit"] == "块"):
        return []
    paper.use(whole)
    if word in NO_SUM or match["per"]:
        return []
    if word in NOT_PAID:
        return [(0.4, value, span, Why.SEVERAL)]
    is_transfer = any(each in word for each in ("转", "付", "收款", "红包"))
    return [
        (
            0.95 if is_transfer else 0.9 if word else 0.85 if match["mark"] else 0.75,
            value,
            span,
            None if word or match["mark"] else Why.UNSAID,
        )
    ]


def _same(value: str) -> str:
    return f"{Decimal(value.replace(',', '')).normalize():f}"


def read_remark(paper: Sheet, order: ChatOrder) -> None:
    """Labelled remarks to the end of their line, and sentences that say a wish."""
    spans: list[Span] = []
    for label, line in paper.labelled("remark"):
        stop = _first_used(
            paper,
            label.end,
            line.end
            if label.kind == "remark" and label.word in {"备注", "留言", "买家留言"} and not _later(paper, label.start, line.start)
            else label.value_end,
        )
        spans.append(Span(label.end, stop))
        paper.use(Span(label.start, stop))
    is_labelled = bool(spans)
    for line in paper.lines:
        for free in list(paper.free(line)):
            for piece in _wishes(paper.text, free):
                words = paper.text[piece.start : piece.end]
                if WISH.search(words) and (STRONG.search(words) or not PIECES.search(words)) and len(words) <= 80:
                    spans.append(piece)
                    paper.use(piece)
    kept = [_polished(paper.text, span) for span in sorted(set(spans))]
    kept = [span for span in kept if span.end > span.start]
    if kept:
        order.remark = Found("，".join(paper.text[span.start : span.end] for span in kept), 0.95 if is_labelled else 0.85, tuple(kept))


def _later(paper: Sheet, start: int, line: int) -> bool:
    """Whether another label follows on the line."""
    return any(label.start > start for label in paper.labels[line])


def _first_used(paper: Sheet, start: int, end: int) -> int:
    stop = paper.used.find(1, start, end)
    return end if stop < 0 else stop


def _sentences(text: str, span: Span) -> list[Span]:
    found, at = [], span.start
    for match in HARD.finditer(text, span.start, span.end):
        if match.start() > at:
            found.append(Span(at, match.start()))
        at = match.end()
    if at < span.end:
        found.append(Span(at, span.end))
    return found


def _wishes(text: str, span: Span) -> list[Span]:
    """Sentences; one that holds an address or goods is cut at its spaces, so that what stands behind them can be a wish."""
    found: list[Span] = []
    for piece in _sentences(text, span):
        words = text[piece.start : piece.end]
        if " " not in words.strip() or not WISH.search(words):
            found.append(piece)
            continue
        chain = regions.best(text, piece.start, piece.end)
        if (chain is None or not chain.is_strong) and not PIECES.search(words):
            found.append(piece)
            continue
        found += [Span(piece.start + m.start(), piece.start + m.end()) for m in re.finditer(r"[^ \t]+", words)
                  if chain is None or not chain.is_strong or not piece.start + m.start() <= chain.end <= piece.start + m.end()]  # fmt: skip
    return found


def _polished(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    start = len(words) - len(words.lstrip(" \t:,，。;；、-."))
    polite = POLITE.search(words)
    words = (words[: polite.start()] if polite and polite.start() > start else words).rstrip(" \t,，。;；、!！~")
    return Span(span.start + start, span.start + max(start, len(words)))
