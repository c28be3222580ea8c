"""The seller's word to an after-sale: `afterSale.auditReturns` while it is asked, `afterSale.confirmReceive` once the goods are back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import RefundAnswer
from danshu.channels.connector_errors import Refused
from danshu.connectors.xiaohongshu.client import Api, a_list, an_object
from danshu.connectors.xiaohongshu.refunds import BEFORE_SHIPPING

RETURN, EXCHANGE = 1, 2  # returnType
BACK = 3  # status: the goods are here
PAY, LET_RETURN, REJECT = 1, 2, 3  # action of auditReturns
TAKE, SEND_BACK = 1, 2  # action of confirmReceive
OF_ASKING, OF_GOODS = 1, 2  # rejectReasonType


def answer(api: Api, said: RefundAnswer) -> None:
    info = said.body.get("afterSaleInfo")
    info = info if isinstance(info, dict) else {}
    is_back, kind = info.get("status") == BACK, info.get("returnType")
    if said.agrees:
        method, business = _agreed(said, kind, is_back=is_back)
    else:
        method, business = _rejected(api, said, kind, is_back=is_back)
    api.call(method, {"returnsId": said.refund_no, **business}, idempotent=False)


def _agreed(said: RefundAnswer, kind: object, *, is_back: bool) -> tuple[str, dict[str, Any]]:
    if is_back:
        if kind == EXCHANGE:
            raise Refused(_("换货的退件到了：同意就是把新货发出去。请在小红书后台填换货的快递单号。"))
        return "afterSale.confirmReceive", {"action": TAKE}
    if kind not in {RETURN, EXCHANGE}:
        return "afterSale.auditReturns", {"action": PAY}
    if not said.address_id.isdecimal():
        raise Refused(_("同意退货要说寄回哪里：请选一个小红书地址库里的退货地址。"))
    return "afterSale.auditReturns", {"action": LET_RETURN, "receiverInfo": {"sellerAddressRecordId": int(said.address_id)}}


def _rejected(api: Api, said: RefundAnswer, kind: object, *, is_back: bool) -> tuple[str, dict[str, Any]]:
    if kind == BEFORE_SHIPPING:
        raise Refused(_("没发货的退款在小红书不能直接拒绝：把货发出去，申请就关了。"))
    business = {"reason": _reason(api, said, OF_GOODS if is_back else OF_ASKING), "description": said.reason}
    if is_back:
        return "afterSale.confirmReceive", {"action": SEND_BACK, **business}
    return "afterSale.auditReturns", {"action": REJECT, **business}


def _reason(api: Api, said: RefundAnswer, kind: int) -> int:
    """The platform's number for a reason of this name, else for "other"."""
    data = api.call("afterSale.rejectReasons", {"returnsId": said.refund_no, "rejectReasonType": kind})
    reasons = a_list({"rejectReasons": data} if isinstance(data, list) else an_object(data), "rejectReasons")
    same = [one for one in reasons if said.reason and one.get("reasonName") == said.reason]
    other = [one for one in reasons if str(one.get("reasonName")).startswith(("其他", "其它"))]
    for one in [*same, *other]:
        if isinstance(number := one.get("reasonId"), int):
            return number
    names = "、".join(str(one.get("reasonName")) for one in reasons)
    raise Refused(_("小红书只认这些拒绝原因，请选一个：%(names)s。") % {"names": names or "-"})
