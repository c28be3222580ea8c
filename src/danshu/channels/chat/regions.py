"""Where an address begins, and its province, city and district with what else they might be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from danshu.channels.chat import gazetteer
from danshu.channels.chat.found import NOTHING, Found, Span, Why
from danshu.channels.chat.gazetteer import FORMER, FULL, LONGEST, LOST, SHORT, TAIL, Name, Names

GAP = re.compile(r"[ \t,，/\\|\-·>_.、;；:]*")
SKIP = re.compile(
    r"(?:中国|中华人民共和国|市辖区|县辖区|省直辖县级行政区划|自治区直辖县级行政区划|省直辖|直辖县|CN\b)[ \t,，/\\|\-·>_.、]*"
)
# a short name in front of these is a road, an estate or a firm
ROAD = re.compile(
    r"(?:[东南西北中][一二三四五六七八九十]?|[一二三四五六七八九十])?(?:路|街|大道|大街|大路|道|巷|弄|胡同|里|桥|大厦|饭店|酒店|宾馆|"
    r"大学|学院|银行|小区|花园|"
    r"广场|城(?![区市关中东西南北])|新村|公寓|公司|商|人(?!民)|话|菜|特产|高速|店|楼|苑|府|口味|产)"
)
ROAD_SOON = re.compile(r"[^\s\d,，]{0,4}?(?:路|街(?!道)|大道|巷|弄|胡同|桥|大学|学院|机场|站|公司|酒店|饭店)")
ENDS = re.compile(r"[\s,，/\\|\-·>_.、;；:\d]|$")
LOOSE = re.compile(
    r"[\u4e00-\u9fa5]{0,6}?(?:高新技术产业开发区|高新技术开发区|经济技术开发区|经济开发区|高新区|经开区|开发区|工业园区|产业园区|"
    r"度假区|示范区|保税区|新区)"
)
TOWN = re.compile(r"[\u4e00-\u9fa5]{2,5}(?:镇|乡|街道)[ \t,，]*")


@dataclass(slots=True)
class Chain:
    """A run of place names. `start` … `end` in the text; `score` says how much of an address it is; levels not written are empty."""

    start: int
    end: int
    province: Found = NOTHING
    city: Found = NOTHING
    district: Found = NOTHING
    score: float = 0.0
    marks: list[Span] = field(default_factory=list)

    @property
    def is_strong(self) -> bool:
        return self.score >= 4.5


def longest(text: str, at: int, end: int, names: Names) -> tuple[str, Name] | None:
    """The longest of the names that the text has at this place. Written in full beats longer short forms."""
    best: tuple[str, Name] | None = None
    for size in range(min(LONGEST, end - at), 1, -1):
        written = text[at : at + size]
        name = names.get(written)
        if name is None:
            continue
        if name.how == FULL:
            return written, name
        best = best or (written, name)
    return best


def is_road(text: str, at: int) -> bool:
    return ROAD.match(text, at) is not None


def best(text: str, start: int, end: int) -> Chain | None:
    """The first strong chain of the stretch, else the one that says most."""
    found: Chain | None = None
    at, heads = start, gazetteer.heads()
    while at < end - 1:
        if text[at : at + 2] not in heads or (chain := read(text, at, end)) is None:
            at += 1
            continue
        if chain.is_strong:
            return chain
        if found is None or chain.score > found.score:
            found = chain
        at = max(at + 1, chain.start + 1)
    return found


def count(text: str, start: int, end: int) -> list[Chain]:
    """All strong chains of the stretch, one after the other."""
    found: list[Chain] = []
    at = start
    while (chain := best(text, at, end)) is not None and chain.is_strong:
        found.append(chain)
        at = max(chain.end, at + 1)
    return found


def read(text: str, at: int, end: int) -> Chain | None:
    """The chain that begins exactly here, or None."""
    if (skipped := SKIP.match(text, at, end)) is not None:
        at = skipped.end()
    chain = _from_province(text, at, end) or _from_city(text, at, end) or _from_district(text, at, end)
    if chain is not None:
        _repeat(text, chain, end)
    return chain


def _from_province(text: str, at: int, end: int) -> Chain | None:
    hit = longest(text, at, end, gazetteer.provinces())
    if hit is None:
        province = gazetteer.ONE_SIGN.get(text[at : at + 1])
        if province is None or (city := longest(text, at + 1, end, gazetteer.cities(province))) is None:
            return None
        if city[1].official == province and text[at + 1 : at + 2] == text[at : at + 1]:
            return None
        chain = Chain(at, at + 1, Found(province, 0.9, (Span(at, at + 1),)), score=2)
        _city(text, chain, end)
        return chain if chain.city.value and chain.score >= 4 else None
    written, name = hit
    after = at + len(written)
    if name.how == SHORT and any(text[at : at + size] in gazetteer.cities_everywhere() for size in range(LONGEST, len(written) + 2, -1)):
        return None  # 海南藏族自治州 is in 青海
    if name.how == SHORT and text[after : after + 1] in {"省", "市"}:
        after += 1
    elif name.how == SHORT and is_road(text, after):
        return None
    chain = Chain(
        at, after, Found(name.official, 0.97 if name.how == FULL else 0.85, (Span(at, after),)), score=3 if name.how == FULL else 2
    )
    if written == "吉林" and text.startswith("市", at + 2):  # 吉林市 is a city of its own
        chain.end, chain.province = at, Found(name.official, 0.95, (Span(at, at + 2),))
    _city(text, chain, end)
    if chain.city.value and chain.city.confidence >= 0.8:
        chain.province = Found(chain.province.value, max(0.95, chain.province.confidence), chain.province.spans)
    return chain


def _after(text: str, at: int, end: int) -> int:
    """Past separators and words like 市辖区."""
    gap = GAP.match(text, at, end)
    at = gap.end() if gap else at
    while (skipped := SKIP.match(text, at, end)) is not None and skipped.end() > at:
        at = skipped.end()
    return at


def _city(text: str, chain: Chain, end: int) -> None:
    """The city behind a province; a municipality is its own city."""
    province = chain.province.value
    names = gazetteer.cities(province)
    at = _after(text, chain.end, end)
    hit = longest(text, at, end, names)
    own = names.get(province)
    if hit is not None and hit[1].how == SHORT and _inner(text, at, end, province) > len(hit[0]):
        hit = None
    if hit is not None and (after := _city_end(text, at, end, province, hit)):
        name = hit[1]
        sure = {FULL: 0.97, FORMER: 0.88}.get(name.how, 0.9)
        chain.city = Found(name.official, sure, (Span(at, after),), Why.FORMER if name.how == FORMER else None)
        chain.end, chain.score = after, chain.score + (3 if name.how == FULL else 2.5)
        _district(text, chain, end)
        return
    if own is not None:
        chain.city = Found(own.official, chain.province.confidence, chain.province.spans)
        _district(text, chain, end)
        return
    _district_of_province(text, chain, at, end)


def _city_end(text: str, at: int, end: int, province: str, hit: tuple[str, Name]) -> int:
    """Where the city's name ends; 0 where it is a road's. A district of its own behind it settles both: 东莞道滘镇, 枣庄市中区."""
    written, name = hit
    after = at + len(written)
    if name.how != SHORT:
        return after - 1 if text[after - 1] == "市" and _is_district(text, after - 1, end, province, name.official) else after
    if _is_district(text, after, end, province, name.official):
        return after
    if is_road(text, after):
        return 0
    return after + (text[after : after + 1] in {"市", "州"})


def _is_district(text: str, at: int, end: int, province: str, city: str) -> bool:
    """In 青岛市南区 the sign 市 belongs to the district."""
    hit = longest(text, at, end, gazetteer.districts(province, city))
    return hit is not None and hit[1].how == FULL


def _inner(text: str, at: int, end: int, province: str) -> int:
    """How long the official district name is that stands here; 0 without one: in 湖南邵阳县 the short 邵阳 is no city."""
    homes = gazetteer.districts_of_province(province)
    return next(
        (size for size in range(min(LONGEST, end - at), 1, -1) if homes.get(text[at : at + size], [("", Name("", ""))])[0][1].how == FULL),
        0,
    )


def _district_of_province(text: str, chain: Chain, at: int, end: int) -> None:
    """A district right behind the province, a town in front of it forgiven."""
    province = chain.province.value
    homes = gazetteer.districts_of_province(province)
    town = TOWN.match(text, at, end)
    for place, less in ((at, 0.0), (town.end() if town else -1, 0.08)):
        if place < 0:
            continue
        for size in range(min(LONGEST, end - place), 1, -1):
            written = text[place : place + size]
            if written not in homes:
                continue
            found = homes[written]
            span = Span(place, place + size)
            city, name = found[0]
            chain.district = _named(written, name, span, less)
            if len(found) == 1:
                chain.city = Found(city, min(0.93 - less, chain.district.confidence), (span,), Why.UNSAID)
            else:
                chain.city = Found(city, 0.5, (span,), Why.NAMESAKE, tuple(each for each, _name in found[1:]))
            chain.score += 2.5
            chain.end = chain.end if less else span.end
            return
    _foreign_city(text, chain, at, end)


def _foreign_city(text: str, chain: Chain, at: int, end: int) -> None:
    """A city of another province right behind this one: which of the two is wrong, a person says."""
    other = _from_city(text, at, end)
    if other is None or text[at : other.end].find("市") < 0 or other.city.value in {chain.province.value, ""}:
        return
    why = Why.MISMATCH
    chain.city = Found(other.city.value, 0.45, other.city.spans, why)
    if other.district.value:
        chain.district = Found(other.district.value, 0.45, other.district.spans, why)
    chain.province = Found(chain.province.value, 0.45, chain.province.spans, why, (other.province.value,))
    chain.end, chain.score = other.end, 5.0


def _named(written: str, name: Name, span: Span, less: float = 0.0) -> Found:
    """A district as it was written → as it is called now."""
    if name.how == LOST:
        return Found(written, 0.6, (span,), Why.FORMER)
    if name.how == FORMER:
        return Found(name.official, 0.86 - less, (span,), Why.FORMER, (written,))
    return Found(name.official, {FULL: 0.97, TAIL: 0.88}.get(name.how, 0.85) - less, (span,))


def _district(text: str, chain: Chain, end: int) -> None:
    province, city = chain.province.value, chain.city.value
    at = _after(text, chain.end, end)
    hit = longest(text, at, end, gazetteer.districts(province, city))
    if hit is not None and hit[1].how == SHORT:
        after = at + len(hit[0])
        if is_road(text, after):
            hit = None
        elif not ENDS.match(text, after):
            sure, why = (0.6, Why.SHORTENED) if ROAD_SOON.match(text, after) else (0.72, Why.SHORTENED)
            span = Span(at, after)
            loose = LOOSE.match(text, at, end)
            if loose and loose.end() > after:
                hit = None
            else:
                chain.district = Found(hit[1].official, sure, (span,), why)
                chain.score += 1  # and the words stay in the detail: they may be part of a road
                return
    if hit is not None:
        written, name = hit
        chain.district = _named(written, name, Span(at, at + len(written)))
        chain.end, chain.score = at + len(written), chain.score + (3 if name.how == FULL else 2)
        return
    _odd_district(text, chain, at, end)


def _odd_district(text: str, chain: Chain, at: int, end: int) -> None:
    """No district of this city: a town in front of it, one of another city, a development zone, or none."""
    province, city = chain.province.value, chain.city.value
    town = TOWN.match(text, at, end)
    if town is not None and (hit := longest(text, town.end(), end, gazetteer.districts(province, city))) and hit[1].how == FULL:
        chain.district = _named(hit[0], hit[1], Span(town.end(), town.end() + len(hit[0])), 0.1)
        return
    for size in range(min(LONGEST, end - at), 2, -1):
        written = text[at : at + size]
        if written in gazetteer.everywhere() and text[at + size - 1] in "区县市旗":
            places = gazetteer.everywhere()[written]
            others = tuple(f"{p}{c if c != p else ''}{written}" for p, c, _name in places[:4])
            chain.district = Found(written, 0.45, (Span(at, at + size),), Why.MISMATCH, others)
            chain.city = Found(city, min(0.6, chain.city.confidence), chain.city.spans, Why.MISMATCH)
            chain.province = Found(province, min(0.6, chain.province.confidence), chain.province.spans, Why.MISMATCH)
            chain.end = at + size
            return
    if (loose := LOOSE.match(text, at, end)) is not None:
        chain.district = Found(loose[0], 0.7, (Span(*loose.span()),), Why.ZONE)
        chain.end, chain.score = loose.end(), chain.score + 1


def _from_city(text: str, at: int, end: int) -> Chain | None:
    everywhere = gazetteer.cities_everywhere()
    for size in range(min(LONGEST, end - at), 1, -1):
        written = text[at : at + size]
        if written not in everywhere:
            continue
        homes = everywhere[written]
        province, name = homes[0]
        after, is_short = at + size, name.how == SHORT
        is_longer = is_short and text[after : after + 1] in "区县镇乡村" and ENDS.match(text, after) is None
        after = 0 if is_longer else _city_end(text, at, end, province, (written, name))
        if not after:
            return None
        chain = Chain(
            at, after, Found(province, 0.6, (Span(at, after),), Why.UNSAID), Found(name.official, 0.6, (Span(at, after),)), score=3
        )
        chain.score = 3 if not is_short else 1.5
        before = chain.score
        _district(text, chain, end)
        is_followed = chain.score - before >= 2
        if len(homes) > 1:
            sure = 0.5
        elif is_followed or not is_short:
            sure = 0.93
        else:
            sure = 0.82 if written not in gazetteer.district_stems() and _begins(text, at) else 0.6
        if chain.city.why != Why.MISMATCH:
            chain.city = Found(
                name.official,
                min(0.97, sure + (0.04 if name.how == FULL else 0)),
                (Span(at, after),),
                Why.SHORTENED if sure < 0.8 else None,
            )
            chain.province = Found(province, sure, (Span(at, after),), Why.UNSAID)
        return chain
    return None


def _begins(text: str, at: int) -> bool:
    """Nothing that belongs to it stands before."""
    return at == 0 or not ("\u4e00" <= text[at - 1] <= "\u9fff" or text[at - 1].isalnum())


def _from_district(text: str, at: int, end: int) -> Chain | None:
    everywhere = gazetteer.everywhere()
    for size in range(min(LONGEST, end - at), 2, -1):
        written = text[at : at + size]
        if written not in everywhere or text[at + size - 1] not in "区县市旗":
            continue
        span = Span(at, at + size)
        places = everywhere[written]
        province, city, name = places[0]
        if len(places) > 1:
            others = tuple(dict.fromkeys(p for p, _city, _name in places[1:]))
            cities = tuple(c for _p, c, _name in places[1:])
            return Chain(
                at, span.end, Found(province, 0.4, (span,), Why.NAMESAKE, others), Found(city, 0.4, (span,), Why.NAMESAKE, cities),
                Found(name.official or written, 0.75, (span,), Why.NAMESAKE), 2,
            )  # fmt: skip
        named = _named(written, name, span)
        sure = min(0.85, named.confidence) if name.how == FULL else 0.7
        district = named if name.how == FULL else Found(named.value, min(0.75, named.confidence), (span,), named.why, named.others)
        unsaid = Why.UNSAID
        return Chain(
            at,
            span.end,
            Found(province, sure, (span,), unsaid),
            Found(city, sure, (span,), unsaid),
            district,
            3 if name.how == FULL else 1.5,
        )
    return None


def _repeat(text: str, chain: Chain, end: int) -> None:
    """Names said twice (上海 上海市 …, 桂东县桂东县) belong to the chain, not to the detail."""
    known = [found.value for found in (chain.province, chain.city, chain.district) if found.value]
    while True:
        at = _after(text, chain.end, end)
        again = next(
            (name for name in sorted(set(known), key=lambda name: -len(name)) if text.startswith(name, at) and at + len(name) <= end), ""
        )
        if not again or not chain.district.value:
            return
        if at + len(again) >= end:
            return
        chain.end = at + len(again)
