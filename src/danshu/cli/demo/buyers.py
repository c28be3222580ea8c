"""Invented buyers: names from common parts, phones in number blocks, addresses on street names that exist in every town."""

from __future__ import annotations

import random

from danshu.channels.contract import Receiver

FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩邓冯曹彭曾肖"
    "田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付"
    "方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英婷雪琳晨阳宇轩涵梓欣怡佳浩然子墨思睿雅琪诗瑶嘉俊天佑文博紫萱可馨语桐雨泽一诺"
PLACES = (
    ("浙江省", "杭州市", ("余杭区", "西湖区", "滨江区", "萧山区")),
    ("浙江省", "宁波市", ("鄞州区", "海曙区")),
    ("浙江省", "温州市", ("鹿城区", "瑞安市")),
    ("上海市", "上海市", ("浦东新区", "闵行区", "徐汇区", "宝山区")),
    ("江苏省", "苏州市", ("吴中区", "昆山市", "姑苏区")),
    ("江苏省", "南京市", ("江宁区", "鼓楼区")),
    ("广东省", "广州市", ("天河区", "番禺区", "白云区")),
    ("广东省", "深圳市", ("宝安区", "南山区", "龙岗区")),
    ("广东省", "佛山市", ("南海区", "顺德区")),
    ("北京市", "北京市", ("朝阳区", "海淀区", "丰台区", "通州区")),
    ("四川省", "成都市", ("武侯区", "锦江区", "双流区")),
    ("湖北省", "武汉市", ("洪山区", "江岸区")),
    ("湖南省", "长沙市", ("岳麓区", "雨花区")),
    ("福建省", "厦门市", ("思明区", "湖里区")),
    ("山东省", "青岛市", ("市南区", "李沧区")),
    ("河南省", "郑州市", ("金水区", "二七区")),
    ("陕西省", "西安市", ("雁塔区", "未央区")),
    ("安徽省", "合肥市", ("蜀山区", "包河区")),
    ("重庆市", "重庆市", ("渝北区", "江北区")),
    ("天津市", "天津市", ("河西区", "南开区")),
    ("江西省", "南昌市", ("红谷滩区", "青山湖区")),
    ("广西壮族自治区", "南宁市", ("青秀区", "西乡塘区")),
    ("河北省", "石家庄市", ("裕华区", "长安区")),
    ("辽宁省", "沈阳市", ("和平区", "浑南区")),
)
STREETS = ("人民路", "解放路", "文一西路", "中山路", "学府路", "建设路", "花园街", "滨河大道", "朝阳路", "长江路", "和平里", "望江路")
ESTATES = ("锦绣花园", "绿城桂花园", "万科城市花园", "金地格林", "阳光小区", "翡翠湾", "海棠苑", "保利香槟", "星河湾", "水岸新都")
MESSAGES = (
    "麻烦多包一层气泡膜",
    "生日礼物，不要放价格单",
    "请尽快发货，谢谢",
    "工作日送，放门卫",
    "放快递柜就行",
    "送人的，包装好一点",
    "电话打不通就放丰巢",
    "要发票",
    "不要发圆通",
    "周末在家",
)
MEMOS = ("老客，送香片", "已电话确认地址", "换浅色款，客户同意", "和上一单一起发", "加急，今天发出", "客户要改到公司地址")


def phone(dice: random.Random) -> str:
    return dice.choice(("138", "139", "150", "151", "159", "176", "182", "186", "188", "199")) + f"{dice.randrange(10**8):08d}"


def receiver(dice: random.Random) -> Receiver:
    province, city, districts = dice.choices(PLACES, weights=[9, 4, 3, 9, 6, 5, 7, 6, 3, 7, 5, 4, 4, 3, 4, 4, 3, 3, 3, 2, 2, 2, 2, 2])[0]
    name = dice.choice(FAMILY) + "".join(dice.choice(GIVEN) for _ in range(dice.choice((1, 2, 2))))
    street, estate = dice.choice(STREETS), dice.choice(ESTATES)
    room = f"{dice.randrange(1, 28)}幢{dice.randrange(1, 4)}单元{dice.randrange(1, 30)}0{dice.randrange(1, 5)}室"
    detail = f"{street}{dice.randrange(1, 900)}号{estate}{room}"
    return Receiver(name=name, phone=phone(dice), province=province, city=city, district=dice.choice(districts), address=detail)
