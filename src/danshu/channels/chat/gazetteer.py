"""The names of China's provinces, cities and districts as people write them: official, short, abbreviated, former.

What there is comes from `channels/files/divisions.json` (china-division 2.7.0), former names from `former.json`; see this folder's README.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from danshu.channels.files.addresses import ETHNIC, divisions, short

_PROVINCES = {
    "内蒙": "内蒙古自治区", "内蒙古省": "内蒙古自治区", "广西省": "广西壮族自治区", "广西自治区": "广西壮族自治区",
    "宁夏省": "宁夏回族自治区", "新疆省": "新疆维吾尔自治区", "新疆自治区": "新疆维吾尔自治区", "西藏省": "西藏自治区",
    "黑龙江": "黑龙江省", "北京省": "北京市", "上海省": "上海市", "香港": "香港特别行政区", "澳门": "澳门特别行政区", "台湾": "台湾省",
}  # fmt: skip
_SIGNS = {
    "北京市": "京", "天津市": "津", "河北省": "冀", "山西省": "晋", "内蒙古自治区": "蒙", "辽宁省": "辽", "吉林省": "吉", "黑龙江省": "黑",
    "上海市": "沪", "江苏省": "苏", "浙江省": "浙", "安徽省": "皖", "福建省": "闽", "江西省": "赣", "山东省": "鲁", "河南省": "豫",
    "湖北省": "鄂", "湖南省": "湘", "广东省": "粤", "广西壮族自治区": "桂", "海南省": "琼", "重庆市": "渝", "四川省": "川蜀",
    "贵州省": "贵黔", "云南省": "云滇", "西藏自治区": "藏", "陕西省": "陕秦", "甘肃省": "甘陇", "青海省": "青", "宁夏回族自治区": "宁",
    "新疆维吾尔自治区": "新",
}  # fmt: skip
ONE_SIGN = {sign: province for province, signs in _SIGNS.items() for sign in signs}
_DISTRICTS = {
    "浦东": "浦东新区", "浦东区": "浦东新区", "园区": "苏州工业园区", "工业园区": "苏州工业园区", "滨海": "滨海新区",
    "前郭县": "前郭尔罗斯蒙古族自治县", "杜蒙县": "杜尔伯特蒙古族自治县",
}  # fmt: skip
_PREFECTURES = {
    "西双版纳": "西双版纳傣族自治州", "版纳": "西双版纳傣族自治州", "博州": "博尔塔拉蒙古自治州", "克州": "克孜勒苏柯尔克孜自治州",
    "锡盟": "锡林郭勒盟", "兴安": "兴安盟", "阿盟": "阿拉善盟", "阿坝州": "阿坝藏族羌族自治州",
}  # fmt: skip
TAILS = (
    "特别行政区",
    "自治县",
    "自治旗",
    "自治州",
    "街道",
    "新区",
    "林区",
    "矿区",
    "特区",
    "地区",
    "区",
    "县",
    "市",
    "旗",
    "镇",
    "乡",
    "盟",
    "州",
    "省",
)
FULL, SHORT, TAIL, FORMER, LOST = "full", "short", "tail", "former", "lost"  # how a name was written; LOST: abolished, heir unknown


@dataclass(frozen=True, slots=True)
class Name:
    """`official` is empty where an abolished district has no single heir."""

    official: str
    how: str


Names = dict[str, Name]


def stem(name: str) -> str:
    """`莞城街道` → `莞城`, `前郭尔罗斯蒙古族自治县` → `前郭尔罗斯`, `朝阳区` → `朝阳`; at least two signs stay."""
    if (bare := ETHNIC.sub("", name)) != name and len(bare) >= 2:
        return bare
    for tail in TAILS:
        if name.endswith(tail) and len(name) - len(tail) >= 2:
            return name[: -len(tail)]
    return name


@cache
def _former() -> dict[str, Any]:
    """Province → {cities: {old: new}, districts: {city: {old: new, "" where it went to several}}}."""
    data: dict[str, Any] = json.loads(Path(__file__).with_name("former.json").read_text("utf-8"))
    return data


@cache
def provinces() -> Names:
    names = {alias: Name(official, SHORT) for alias, official in _PROVINCES.items() if official in divisions()}
    names |= {short(official): Name(official, SHORT) for official in divisions()}
    return names | {official: Name(official, FULL) for official in divisions()}


@cache
def cities(province: str) -> Names:
    known = divisions().get(province, {})
    names: Names = {}
    for official in known:
        stems = {short(official), stem(official)}
        stems |= {f"{short(official)}州"} if official.endswith("州") else set()
        names |= {each: Name(official, SHORT) for each in stems if len(each) >= 2}
    names |= {alias: Name(official, SHORT) for alias, official in _PREFECTURES.items() if official in known}
    old: dict[str, str] = _former().get(province, {}).get("cities", {})
    names |= {name: Name(official, FORMER) for name, official in old.items() if official in known}
    return names | {official: Name(official, FULL) for official in known}


@cache
def districts(province: str, city: str) -> Names:
    """The districts of a city; a stem that two of them share (新乡县 and 新乡市 …) names none."""
    known = divisions().get(province, {}).get(city, [])
    names: Names = {}
    stems: dict[str, set[str]] = {}
    for official in known:
        for each in {short(official), stem(official)} - {official}:
            stems.setdefault(each, set()).add(official)
    for each, officials in stems.items():
        if len(each) >= 2 and len(officials) == 1:
            official = next(iter(officials))
            names[each] = Name(official, SHORT)
            names |= {each + tail: Name(official, TAIL) for tail in ("区", "县", "市", "新区", "镇", "街道")}
    names |= {
        alias: Name(official, TAIL if alias[-1] in "区县" and len(alias) > 2 else SHORT)
        for alias, official in _DISTRICTS.items()
        if official in known
    }
    old: dict[str, str] = _former().get(province, {}).get("districts", {}).get(city, {})
    names |= {name: Name(heir, FORMER if heir else LOST) for name, heir in old.items()}
    return names | {official: Name(official, FULL) for official in known}


@cache
def districts_of_province(province: str) -> dict[str, list[tuple[str, Name]]]:
    """District names with their own tail (three signs or more, and 忠县) → (city, name) of every city that has one."""
    found: dict[str, list[tuple[str, Name]]] = {}
    for city in divisions().get(province, {}):
        for written, name in districts(province, city).items():
            if name.how != SHORT and (len(written) > 2 or name.how == FULL):
                found.setdefault(written, []).append((city, name))
    return {written: _best(homes) for written, homes in found.items()}


def _best(homes: list[tuple[str, Name]]) -> list[tuple[str, Name]]:
    """Where a name is official somewhere, what it was called elsewhere does not count; then abolished, then changed tails."""
    for how in (FULL, FORMER, LOST, TAIL):
        if kept := [home for home in homes if home[1].how == how]:
            return kept
    return homes


@cache
def everywhere() -> dict[str, list[tuple[str, str, Name]]]:
    """District names with their tails → (province, city, name), over the whole country."""
    found: dict[str, list[tuple[str, str, Name]]] = {}
    for province in divisions():
        for written, homes in districts_of_province(province).items():
            found.setdefault(written, []).extend((province, city, name) for city, name in homes)
    for written, places in found.items():
        if official := [place for place in places if place[2].how == FULL]:
            found[written] = official
    return found


@cache
def cities_everywhere() -> dict[str, list[tuple[str, Name]]]:
    """City names, full and short → (province, name)."""
    found: dict[str, list[tuple[str, Name]]] = {}
    for province in divisions():
        for written, name in cities(province).items():
            if written not in provinces():
                found.setdefault(written, []).append((province, name))
    return found


@cache
def district_stems() -> frozenset[str]:
    """Short names of all districts: a city's short name that is one of them says little by itself (朝阳, 中山, 和平)."""
    return frozenset(each for province in divisions() for names in divisions()[province].values() for each in map(stem, names))


@cache
def heads() -> frozenset[str]:
    """The first two signs of every name that an address can begin with."""
    return frozenset(name[:2] for name in _beginnings()) | frozenset(sign + name[:1] for sign, p in ONE_SIGN.items() for name in cities(p))


def _beginnings() -> Iterator[str]:
    yield from provinces()
    yield from cities_everywhere()
    yield from everywhere()


@cache
def is_place(text: str) -> bool:
    """Whether the text is nothing but the name of a place."""
    return text in provinces() or text in cities_everywhere() or text in everywhere() or text in district_stems()


LONGEST = 16
