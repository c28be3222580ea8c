"""Invented buyers: names, places and phones that belong to nobody (199000xxxxx, roads by number)."""

from __future__ import annotations

import hashlib
from random import Random

from danshu_simulator.things import Receiver

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
TWO = ("欧阳", "上官", "诸葛", "司马", "慕容")
GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰萍鹏辉飞红玲梅鑫波斌宇浩凯健俊帆雪荣爱莉晨欣怡子涵梓轩思雨诗琪若曦诺嘉懿佳博文"
PLACES = (
    ("北京", "北京市", "朝阳区", "望京街道"),
    ("上海", "上海市", "浦东新区", "张江镇"),
    ("天津", "天津市", "和平区", "小白楼街道"),
    ("重庆", "重庆市", "渝北区", "龙溪街道"),
    ("广东省", "广州市", "海珠区", "赤岗街道"),
    ("广东省", "深圳市", "南山区", "粤海街道"),
    ("广东省", "东莞市", "东莞市", "长安镇"),
    ("浙江省", "杭州市", "余杭区", "五常街道"),
    ("浙江省", "金华市", "义乌市", "稠城街道"),
    ("江苏省", "苏州市", "昆山市", "玉山镇"),
    ("江苏省", "南京市", "鼓楼区", "湖南路街道"),
    ("四川省", "成都市", "武侯区", "桂溪街道"),
    ("湖北省", "武汉市", "洪山区", "关山街道"),
    ("湖南省", "长沙市", "岳麓区", "望城坡街道"),
    ("福建省", "厦门市", "思明区", "莲前街道"),
    ("山东省", "青岛市", "市南区", "八大湖街道"),
    ("河南省", "郑州市", "金水区", "未来路街道"),
    ("陕西省", "西安市", "雁塔区", "小寨路街道"),
    ("辽宁省", "大连市", "甘井子区", "泉水街道"),
    ("云南省", "昆明市", "五华区", "护国街道"),
    ("黑龙江省", "哈尔滨市", "南岗区", "花园街道"),
    ("海南省", "海口市", "龙华区", "海垦街道"),
    ("内蒙古自治区", "呼和浩特市", "赛罕区", "大学西路街道"),
    ("广西壮族自治区", "南宁市", "青秀区", "新竹街道"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "新华南路街道"),
    ("西藏自治区", "拉萨市", "城关区", "八廓街道"),
)
ROADS = ("梧桐", "青石", "柳荫", "春晓", "望湖", "云栖", "枫林", "桃源", "白鹭", "星河")
ESTATES = ("花园", "小区", "公馆", "家园", "雅苑", "大厦")
WORDS = ("", "", "", "", "", "尽快发货，谢谢", "发顺丰", "送人的，请不要放价格单", "放门卫", "周末送货")
WISHES = ("尺寸不合适", "不想要了", "拍错了", "颜色与描述不符", "收到时破损", "少发了一件")


def name(rng: Random) -> str:
    surname = rng.choice(TWO) if rng.random() < 0.03 else rng.choice(SURNAMES)
    return surname + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2))))


def receiver(rng: Random, *, of: Receiver | None = None) -> Receiver:
    """A new person, or a new address of the same one."""
    province, city, district, town = rng.choice(PLACES)
    road = f"{rng.choice(ROADS)}路{rng.randrange(1, 400)}号{rng.choice(ROADS)}{rng.choice(ESTATES)}"
    address = f"{road}{rng.randrange(1, 30)}栋{rng.randrange(1, 33)}{rng.randrange(1, 5):02d}室"
    who, phone = (of.name, of.phone) if of else (name(rng), f"199000{rng.randrange(100_000):05d}")
    key = hashlib.sha256(f"{who}/{phone}/{province}/{city}/{district}/{address}".encode()).hexdigest()[:32]
    return Receiver(who, phone, province, city, district, town, address, key)


def nick(rng: Random) -> str:
    return f"{rng.choice(ROADS)}{rng.choice('爱喜追看等听')}{rng.choice('月风花雪海星')}{rng.randrange(10_000)}"
