"""One-cell addresses → province, city, district, detail; and short names → official ones.

The divisions (`divisions.json`: province → city → districts) come from the package china-division 2.7.0 (WTFPL), with the places
directly under a province standing as cities of their own.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

ZIP = re.compile(r"[(（]\s*\d{6}\s*[)）]\s*$|\s+\d{6}$")
GAP = " \t\u3000,，/\\-|;；:：."
SKIP = re.compile(r"^(县(?=\s)|市辖区|县辖区|省直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政单位|省直辖|中国|CN\b)")
LOOSE_DISTRICT = re.compile(r"^([\u4e00-\u9fa5]{1,10}?(?:自治县|自治旗|新区|开发区|区|县|旗))")
TAILS = (
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "特别行政区",
    "自治区",
    "省",
    "市",
    "地区",
    "盟",
    "林区",
    "区",
    "县",
    "旗",
)
ETHNIC = re.compile(
    r"(?:哈萨克|蒙古|柯尔克孜|土家族|藏族|羌族|彝族|苗族|布依族|侗族|壮族|傣族|白族|景颇族|傈僳族|哈尼族|朝鲜族|回族|蒙古族|"
    r"满族|畲族|瑶族|黎族|仡佬族|水族|佤族|拉祜族|纳西族|锡伯|达斡尔族|土族|撒拉族|裕固族|东乡族|保安族|各族|毛南族|仫佬族|布朗族|"
    r"独龙族|怒族|普米族|塔吉克)+(?:自治州|自治县|自治旗)$"
)


class Place(NamedTuple):
    province: str
    city: str
    district: str
    detail: str


@cache
def divisions() -> dict[str, dict[str, list[str]]]:
    data: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("divisions.json").read_text("utf-8"))
    return data


def short(name: str) -> str:
    """`恩施土家族苗族自治州` → `恩施`, `北京市` → `北京`; names of two characters stay (`朝阳区` → `朝阳`, `东区` → `东区`)."""
    if (stem := ETHNIC.sub("", name)) != name and len(stem) >= 2:
        return stem
    for tail in TAILS:
        if name.endswith(tail) and len(name) - len(tail) >= 2:
            return name[: -len(tail)]
    return name


@cache
def _provinces() -> list[tuple[str, str]]:
    names = [(name, name) for name in divisions()]
    names += [(short(name), name) for name in divisions()]
    return sorted(names, key=lambda pair: -len(pair[0]))


@cache
def _cities(province: str) -> list[tuple[str, str]]:
    cities = divisions().get(province, {})
    return sorted([(n, n) for n in cities] + [(short(n), n) for n in cities], key=lambda pair: -len(pair[0]))


@cache
def _districts(province: str, city: str) -> list[tuple[str, str]]:
    districts = divisions().get(province, {}).get(city, [])
    return sorted([(n, n) for n in districts] + [(short(n), n) for n in districts], key=lambda pair: -len(pair[0]))


@cache
def _city_homes() -> dict[str, tuple[str, str]]:
    """City names (full and short) that only one province has → (province, city); for addresses that leave the province out."""
    homes: dict[str, set[tuple[str, str]]] = {}
    for province, cities in divisions().items():
        for city in cities:
            for name in {city, short(city)}:
                homes.setdefault(name, set()).add((province, city))
    return {name: next(iter(found)) for name, found in homes.items() if len(found) == 1}


@cache
def _district_homes(province: str) -> dict[str, tuple[str, str]]:
    """Full district names that only one city of the province has → (city, district)."""
    homes: dict[str, set[tuple[str, str]]] = {}
    for city, districts in divisions().get(province, {}).items():
        for district in districts:
            homes.setdefault(district, set()).add((city, district))
    return {name: next(iter(found)) for name, found in homes.items() if len(found) == 1}


def _take(text: str, names: list[tuple[str, str]]) -> tuple[str, str]:
    """The official name that `text` begins with, and the rest; ("", text) when none does."""
    for written, official in names:
        if text.startswith(written):
            rest = text[len(written) :]
            # 北京 must not eat the head of 北京市: the longer name was tried first, so a tail that is left belongs to the name
            if written != official and rest[:1] in {"省", "市"}:
                rest = rest[1:]
            # 朝阳路 is a road, not 朝阳区
            elif written != official and rest[:1] in {"路", "街", "大", "巷", "道"}:
                continue
            return official, rest.lstrip(GAP)
    return "", text


def _skip(text: str) -> str:
    while (match := SKIP.match(text)) is not None:
        text = text[match.end() :].lstrip(GAP)
    return text


@lru_cache(maxsize=20_000)
def parse(written: str) -> Place:
    """Split a one-cell address. What is not found stays empty, and nothing is lost: the rest is in `detail`."""
    text = _skip(ZIP.sub("", written.strip()).strip(GAP))
    province, rest = _take(text, _provinces())
    if not province:
        head = next((text[:size] for size in range(min(12, len(text)), 1, -1) if text[:size] in _city_homes()), "")
        if not head:
            return Place("", "", "", text)
        province, rest = _city_homes()[head][0], text
    rest = _skip(rest)
    city, rest = _take(rest, _cities(province))
    rest = _skip(rest)
    if not city and province in divisions().get(province, {}):
        city = province
    district, rest = _district(province, city, rest)
    if not city and district:
        city = _district_homes(province).get(district, ("", ""))[0]
    return Place(province, city, district, rest.lstrip(GAP))


def _district(province: str, city: str, rest: str) -> tuple[str, str]:
    if city:
        district, after = _take(rest, _districts(province, city))
    else:
        district, after = _take(rest, [(name, name) for name in _district_homes(province)])
    if not district and (match := LOOSE_DISTRICT.match(rest)) is not None:
        return match.group(1), rest[match.end() :].lstrip(GAP)
    return district, after


@lru_cache(maxsize=20_000)
def _official(province: str, city: str, district: str) -> tuple[str, str, str]:
    full_province = _take(province, _provinces())[0] or province
    full_city = _take(city, _cities(full_province))[0] or ("" if SKIP.match(city) else city)
    if not full_city and full_province in divisions().get(full_province, {}):
        full_city = full_province
    return full_province, full_city, _take(district, _districts(full_province, full_city))[0] or district


@lru_cache(maxsize=20_000)
def place(province: str, city: str, district: str, detail: str) -> Place:
    """Parts from their own columns: official names where known, and the detail without the parts that it repeats."""
    full_province, full_city, full_district = _official(province, city, district)
    rest = ZIP.sub("", detail).strip()
    for part, full in ((province, full_province), (city, full_city), (district, full_district)):
        for written in (full, part):
            if written and rest.startswith(written) and len(rest) > len(written):
                rest = rest[len(written) :].lstrip(GAP)
                break
    return Place(full_province, full_city, full_district, rest)
