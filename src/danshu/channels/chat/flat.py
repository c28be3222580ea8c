"""The pasted text as the readers see it: every sign stands where it stood, so that positions in one are positions in the other."""

from __future__ import annotations

import unicodedata

# 繁 → 简, sign for sign: place names, people's names and the words of orders
_PAIRS = (
    "廣广東东門门鎮镇運运號号餐餐廳厅縣县區区鄉乡樓楼棟栋單单層层灣湾龍龙雲云贛赣蘇苏陝陕寧宁遼辽漢汉廈厦濟济濰潍煙烟臺台瀋沈長长慶庆貴贵陽阳無无錫锡"
    "鹽盐揚扬遷迁紹绍興兴溫温麗丽蕪芜馬马銅铜韶韶關关肇肇頭头揭揭島岛龍龙觀观黃黄園园蔥葱屬属邊边爾尔濱滨齊齐綏绥萬万億亿義义衛卫電电話话機机備备註注"
    "數数個个兩两雙双條条張张劉刘陳陈楊杨趙赵吳吴鄭郑馮冯許许韓韩葉叶蔣蒋蕭萧鄧邓謝谢盧卢譚谭賴赖鍾钟駱骆羅罗蘭兰賓宾潔洁瑩莹國国華华偉伟強强軍军傑杰"
    "鵬鹏飛飞藍蓝紅红綠绿霧雾燈灯請请發发順顺豐丰郵邮編编費费轉转賬账帳账為为與与這这給给買买賣卖訂订貨货產产規规顏颜碼码樣样開开橋桥場场車车際际廟庙"
    "莊庄塊块盤盘歲岁學学醫医銀银師师書书團团圍围嶺岭澤泽湯汤渾浑瀾澜濤涛滬沪瓊琼璽玺棗枣樂乐標标榮荣構构橫横檔档櫃柜歐欧殼壳氣气決决況况測测滿满漁渔"
    "潤润熱热爐炉環环當当畢毕異异盡尽禮礼種种積积穩稳窩窝筆笔節节範范築筑簡简糧粮紀纪純纯紙纸級级細细終终組组結结統统經经緊紧線线練练縱纵總总績绩織织"
    "繼继續续聖圣聯联聰聪職职腳脚臨临舊旧莖茎葦苇蓋盖藝艺虛虚蝦虾裡里裝装複复見见視视親亲計计訊讯記记設设試试詳详誠诚語语說说課课調调論论議议讓让貝贝"
    "財财責责貼贴資资質质趕赶躍跃軟软輕轻輪轮輸输辦办農农連连週周進进達达遠远適适選选還还邁迈鄰邻釣钓鋼钢錄录錢钱鎖锁鐵铁閔闵閘闸閣阁閩闽闊阔陸陆陰阴"
    "隊队階阶隨随險险隴陇離离難难靈灵靜静頂顶項项須须領领題题願愿類类風风飯饭館馆駐驻駕驾驗验體体鬆松魚鱼鮮鲜鳳凤鶴鹤麥麦麵面齡龄"
)
_SIMPLE = {ord(_PAIRS[i]): _PAIRS[i + 1] for i in range(0, len(_PAIRS), 2)}
_SIGNS = {
    "×": "*",
    "✖": "*",
    "✕": "*",
    "╳": "*",
    "＊": "*",
    "￥": "¥",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "﹣": "-",
    "•": "·",
    "・": "·",
}
_OUT = {"So", "Sk", "Cf", "Cc", "Co", "Cs", "Cn", "Mn", "Me", "Zs", "Zp"}  # emoji, marks without width, spaces of all kinds


class _Flat(dict[int, str]):
    def __missing__(self, code: int) -> str:
        sign = chr(code)
        if sign == "\u2028":
            plain = "\n"
        elif 0xFF01 <= code <= 0xFF5E:
            plain = chr(code - 0xFEE0)
        else:
            plain = " " if unicodedata.category(sign) in _OUT else sign
        self[code] = plain
        return plain


_TABLE = _Flat({ord("\n"): "\n", **{ord(sign): plain for sign, plain in _SIGNS.items()}, **_SIMPLE})


def flat(text: str) -> str:
    """Half-width, simplified, without emoji; as long as `text`."""
    return text.translate(_TABLE)
