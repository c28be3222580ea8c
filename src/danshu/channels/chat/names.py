"""How much a word looks like a person's name."""

from __future__ import annotations

import re

from danshu.channels.chat import gazetteer

# the family names of about 99 % of people, without those that are mostly other words (和, 东, 都, 红 …)
_SINGLE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方白邹孟熊秦邱侯江尹薛闫段"
    "雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦柳邢岳齐梅庄辛管祝左涂谷祁耿牟卜路詹关苗凌费纪靳盛童欧甄项曲"
    "成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谌蔺郁商满桑敖郜蒲尚农沙"
    "喻储丛连冷乐艾楼练巩应佟仇桂阎鞠窦荆缪雍占上官巫支占粟习岑卓亢候占鄢邝逯战仝禹卞银栾栗原庞裘皮尉晏迟匡隆岚应麦明计乌水门骆干封戈危伏舒庾麻利母昌幸言伊慕宗平"
)
_DOUBLE = frozenset(
    (  # noqa: SIM905 -- a list of words reads better
        "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 "
        "诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 "
        "公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 百里 "
        "呼延 东郭 南门 西门 第五 "
    ).split()
)
_TITLES = "先生|女士|小姐|太太|老师|阿姨|叔叔|师傅|医生|经理|主任|同学|大姐|大哥|老板|总|姐|哥|嫂|妈妈|爸爸|妈|爸|工|导|校长"
HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_WHOLE = re.compile(rf"{HAN}{{2,4}}")
_TITLED = re.compile(rf"{HAN}{{1,4}}(?:{_TITLES})(?:\({HAN}{{1,4}}\))?")
_NICKED = re.compile(rf"[小阿老大]{HAN}")
_DOTTED = re.compile(rf"{HAN}{{1,8}}(?:·{HAN}{{1,8}}){{1,3}}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'.-]*(?: [A-Za-z][A-Za-z'.-]*){0,3}")
_MASKED = re.compile(rf"{HAN}(?:\*{{1,3}}{HAN}?|[xX]{{1,2}}|某{{1,2}}|\*)")
CODE_TAIL = re.compile(r"\[\d{3,6}\]$")  # 拼多多 and others write the virtual number's code behind the name
_SIZES = frozenset("xs s m l xl xxl xxxl 2xl 3xl 4xl f cm kg ml ok pcs ps vip sku id tel ems sf".split())  # noqa: SIM905 -- a list of words reads better
_WORDS = re.compile(
    "你好|您好|谢谢|多谢|麻烦|好的|好滴|收到|老板|在吗|在么|下单|地址|电话|手机|姓名|收件|收货|发货|发出|尽快|今天|明天|后天|昨天|"
    "^周[一二三四五六日末]$|多少|付款|已付|已拍|转账|转了|可以|客服"
    "|图片|快递|顺丰|中通|圆通|韵达|申通|极兔|邮政|包邮|哈哈|嗯|哦|呀|吗|呢|吧|啦|的|了|要|买|订|拍|件|款|套|色$|码|杯|碗|盘|壶|"
    "灯$|巾$|袋|箱|盒|备用|上面|下面|同上|另外|以上|以下|如下"
    "|方便|高兴|时间|安全|一个|两个|请|帮|给|这|那|是|不|没|有|我|你|他|她|亲|还|再|各|共|和谐|平安|单子|订单|号$|"
    "[路街镇村乡巷弄室栋幢座层店站校厂司]$"
)

_ENDS = re.compile(r"[省市区县旗路街镇村乡巷弄楼室栋幢座层园苑院厦店站校厂司色码号]$")


def is_single(sign: str) -> bool:
    return sign in _SINGLE


def looks(word: str) -> float:
    """0 … 1: how surely the word is somebody's name, whatever stands around it."""
    word = CODE_TAIL.sub("", word).strip()
    if len(word) < 2 or len(word) > 30:
        return 0.0
    if _MASKED.fullmatch(word) and (word[0] in _SINGLE):
        return 0.75
    if _LATIN.fullmatch(word):
        plain = word.lower()
        is_name = plain not in _SIZES and any(sign in "aeiouy" for sign in plain) and len(plain) > 2
        return (0.88 if word[0].isupper() else 0.7) if is_name else 0.0
    if _DOTTED.fullmatch(word):
        return 0.92
    if _TITLED.fullmatch(word):
        return 0.9 if word[0] in _SINGLE or word[:2] in _DOUBLE or word[0] in "小阿老大" else 0.7
    if not _WHOLE.fullmatch(word):
        return 0.55 if re.fullmatch(rf"(?:{HAN}|[A-Za-z0-9]){{2,10}}", word) and re.search(HAN, word) and not _WORDS.search(word) else 0.0
    return _han(word)


def _han(word: str) -> float:
    if gazetteer.is_place(word):
        return 0.6 if word[0] in _SINGLE and not _ENDS.search(word) else 0.0
    if word[:2] in _DOUBLE and len(word) in {3, 4}:
        return 0.0 if _ENDS.search(word) else 0.93
    if _ENDS.search(word):
        return 0.7 if word[0] in _SINGLE and len(word) == 3 and word[-1] in "楼园苑院厦" and word[1] not in "一二三四五六七八九十" else 0.0
    if word[0] in _SINGLE:
        if _WORDS.search(word):
            return 0.4 if len(word) > 2 and not _WORDS.match(word) else 0.0
        return {2: 0.9, 3: 0.92}.get(len(word), 0.82 if word[1] in _SINGLE else 0.65)
    if _NICKED.fullmatch(word):
        return 0.82 if not _WORDS.search(word) else 0.0
    return 0.0 if _WORDS.search(word) else 0.6


def labelled(word: str) -> float:
    """The same for a word that stands behind 收件人: anything short is one."""
    sure = looks(word)
    if sure >= 0.75:
        return 0.75 if _MASKED.fullmatch(word) else 0.97
    if not word or len(word) > 20 or re.search(r"\d{5}|[,，。;；]", word):
        return 0.3
    return 0.9 if re.fullmatch(rf"(?:{HAN}|[A-Za-z0-9·. ()_-]){{1,12}}(?:\[\d+\])?", word) else 0.7


def tail_names(text: str, boundary: int) -> list[str]:
    """Names that the end of an address may be: 2 and 3 signs that begin with a family name, not before `boundary`."""
    found = []
    for size in (2, 3):
        word = text[-size:]
        if len(text) - size >= boundary and len(word) == size and _WHOLE.fullmatch(word) and (word[0] in _SINGLE):
            found.append(word)
    return found
