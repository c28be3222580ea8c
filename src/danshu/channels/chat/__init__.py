"""Orders that come by chat: pasted messages → orders for a person to confirm. Pure reading: no database, no network.

    reading = chat.read(text)
    reading.orders[0].phone.value, .confidence, .spans

A value whose confidence is below `LINE` (0.8) is a guess; pages show it beside the field and leave the field to a person.

Glossary: *talk* 某人的全部消息, *group* (the lines of one order), *chain* 省市区 (a run of place names), *aside* (money and wishes).
"""

from danshu.channels.chat.found import LINE, ChatOrder, Found, Goods, Reading, Span, Why
from danshu.channels.chat.reading import LONGEST, read

__all__ = ["LINE", "LONGEST", "ChatOrder", "Found", "Goods", "Reading", "Span", "Why", "read"]
