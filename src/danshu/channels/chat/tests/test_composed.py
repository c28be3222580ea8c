"""Messages put together by chance out of the region table, names, houses and habits of writing: what the corpus has no case for."""

from __future__ import annotations

from random import Random

import pytest

from danshu.channels import chat
from danshu.channels.files.addresses import divisions, short

FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方白邹孟熊秦"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉力玲婷雪琳晨晓子涵雨欣梓轩浩然诺佳怡可馨志远建国海峰春梅庆新城东方安宁长青山南和中"
)
ROADS = [
    "中山路", "人民南路", "解放大道", "北京东路", "南京路", "建设街", "文化巷", "长江西路", "青年大街", "滨河大道", "科技三路", "新华路",
    "朝阳路", "上海路", "重庆北路", "西湖大道", "黄河路",
]  # fmt: skip
HOUSES = [
    "阳光花园", "万科城", "东方名都", "锦绣江南", "金色家园", "华府", "翠湖苑", "时代广场", "北京花园", "上海城", "南山小区", "中央公园",
]  # fmt: skip
GOODS = [("雾蓝杯2个", "雾蓝杯", "2"), ("要3件红色XL", "红色XL", "3"), ("马克杯*2", "马克杯", "2"), ("两条毛巾", "毛巾", "2")]


class Writer:
    """One buyer after the other, each with habits of his own."""

    def __init__(self, seed: int) -> None:
        self.by = Random(seed)

    def place(self) -> tuple[str, str, str, str]:
        """(as written, province, city, district)."""
        by, table = self.by, divisions()
        province = by.choice([name for name in table if name not in {"台湾省", "香港特别行政区", "澳门特别行政区"}])
        city = by.choice(list(table[province]))
        district = by.choice(table[province][city]) if table[province][city] else ""
        above = "" if city == province else province
        written = by.choice(
            [above + city + district, f"{above} {city} {district}".strip(), short(above) + short(city) + district, city + district]
        )
        return written, province, city, district

    def house(self) -> str:
        by = self.by
        road = f"{by.choice(ROADS)}{by.randint(1, 999)}号"
        block = f"{by.choice(HOUSES)}{by.randint(1, 30)}{by.choice(['栋', '幢', '号楼'])}{by.randint(101, 2502)}{by.choice(['', '室'])}"
        return by.choice([road, road + block, block, f"和平镇前进村{by.randint(1, 12)}组"])

    def message(self) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
        by = self.by
        name = by.choice(FAMILY) + "".join(by.choice(GIVEN) for _i in range(by.choice([1, 2, 2])))
        phone = f"1{by.choice('3456789')}{by.randint(0, 10**9 - 1):09d}"
        dialled = by.choice([phone, f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"+86 {phone}"])
        written, province, city, district = self.place()
        house = self.house()
        whole, tie = written + by.choice(["", " "]) + house, by.choice([" ", "，", ",", "\n"])
        text = by.choice([
            tie.join([name, dialled, whole]), tie.join([whole, name, dialled]), tie.join([whole, dialled, name]),
            tie.join([dialled, name, whole]), name + dialled + whole, f"收件人：{name}\n电话：{dialled}\n地址：{whole}",
        ])  # fmt: skip
        wanted = by.choice(GOODS) if by.random() < 0.5 else None
        if wanted:
            text = by.choice([f"{wanted[0]}\n{text}", f"{text}\n{wanted[0]}"])
        meant = {"name": name, "phone": phone, "province": province, "city": city, "district": district, "address": house}
        return text, meant, [wanted[1:]] if wanted else []


@pytest.mark.parametrize("seed", range(4))
def test_what_is_filled_in_is_what_was_meant(seed):
    """250 messages each: nothing sure and wrong, and hardly a field left to a person."""
    writer, wrong, left, asked = Writer(seed), [], 0, 0
    for _n in range(250):
        text, meant, goods = writer.message()
        (order,) = chat.read(text).orders
        for part, value in meant.items():
            found = order.parts[part]
            asked += 1
            left += not found.is_sure and bool(value)
            if found.is_sure and found.value != value:
                wrong.append((text, part, found.value, value))
        if [(each.text.value, each.quantity.value) for each in order.goods] != goods:
            wrong.append((text, "goods", order.goods, goods))
    assert wrong == []
    assert left / asked < 0.03
