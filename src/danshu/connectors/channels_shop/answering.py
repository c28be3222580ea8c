"""The seller's word to an after-sale: `acceptapply`, `rejectapply`, and `rejectexchangereship` once exchanged goods are back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body, RefundAnswer
from danshu.channels.connector_errors import BadAnswer, Refused
from danshu.connectors.channels_shop.client import Api

MAY_RETURN, GOODS_ARE_BACK = 1, 2  # accept_type


def answer(api: Api, said: RefundAnswer) -> None:
    kind, status = said.body.get("type"), said.body.get("status")
    is_back = status == "MERCHANT_WAIT_RECEIPT"
    if said.agrees:
        if kind == "EXCHANGE" and is_back:
            raise Refused(_("换货的退件到了：同意就是把新货发出去。请在微信小店后台填换货的快递单号。"))
        _accept(api, said, kind=kind, is_back=is_back)
    else:
        _reject(api, said, path="rejectexchangereship" if kind == "EXCHANGE" and is_back else "rejectapply")


def _accept(api: Api, said: RefundAnswer, *, kind: object, is_back: bool) -> None:
    """Of a return twice: first that it may come, then that it came. Money goes at once where nothing is to come back."""
    body: dict[str, Any] = {"after_sale_order_id": said.refund_no}
    if kind == "RETURN":
        body["accept_type"] = GOODS_ARE_BACK if is_back else MAY_RETURN
    if said.address_id and not is_back:
        body["address_id"] = said.address_id
    api.post("/channels/ec/aftersale/acceptapply", body, idempotent=False)


def _reject(api: Api, said: RefundAnswer, *, path: str) -> None:
    body: dict[str, Any] = {"after_sale_order_id": said.refund_no, "reject_reason": said.reason}
    if (number := _reason_type(api, said.reason)) is not None:
        body["reject_reason_type"] = number
    api.post(f"/channels/ec/aftersale/{path}", body, idempotent=False)


def _reason_type(api: Api, reason: str) -> int | None:
    """The platform's number of a reason that reads like this one, else of "other"; None lets the platform say what it misses."""
    answered = api.post("/channels/ec/aftersale/rejectreason/get", {}).get("reason_list")
    if not isinstance(answered, list) or not all(isinstance(one, dict) for one in answered):
        raise BadAnswer(_("微信小店的回答里没有“%(name)s”。") % {"name": "reason_list"})
    same = [one for one in answered if reason and reason in (one.get("reject_reason_type_text"), one.get("reject_reason"))]
    other = [one for one in answered if _is_other(one)]
    return next((number for one in [*same, *other] if isinstance(number := one.get("reject_reason_type"), int)), None)


def _is_other(reason: Body) -> bool:
    return str(reason.get("reject_reason_type_text")).startswith(("其他", "其它"))
