"""One after-sale read anew, and answers, as far as public documents know a call: agree to a refund, agree to a return. Refusing has no
open interface."""

from __future__ import annotations

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import Fetched, RefundAnswer
from danshu.channels.connector_errors import BadPayload, Refused
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.connectors.pdd import mapping
from danshu.connectors.pdd.client import Router

FRAME = "refund_information_get_response"


def fetch(router: Router, refund_no: str, order_no: str) -> Fetched:
    """The document shows the answer without a frame; one with a frame like the others' is understood too."""
    params = {"after_sales_id": refund_no, "order_sn": order_no}
    try:
        found = router.call("pdd.refund.information.get", "", params)
    except Refused as error:
        if "不存在" in str(error):
            return Fetched(refund_no, is_unknown=True, message=str(error))
        raise
    body = found.get(FRAME, found)
    if not isinstance(body, dict) or str(body.get("id") or "") != refund_no:
        raise calling.incomplete("id")
    return Fetched(refund_no, body)


def answer(router: Router, said: RefundAnswer) -> None:
    asked = _asked(router, said)
    request = {"after_sales_id": said.refund_no, "order_sn": said.platform_no, "operate_desc": said.reason}
    if not said.agrees:
        raise calling.failure(Refused, router.shop, _("开放平台没有拒绝售后的接口，请到拼多多后台操作"))
    if asked.kind == RefundKind.RETURN and asked.state == RefundState.ASKED:
        if not said.address_id:
            raise calling.failure(Refused, router.shop, _("同意退货要带上退货地址，请先选好地址"))
        request["return_address_id"] = said.address_id
        kind = "pdd.refund.returngoods.agree"
    elif asked.kind in {RefundKind.REFUND_ONLY, RefundKind.RETURN} and asked.state in {RefundState.ASKED, RefundState.RETURNED}:
        kind = "pdd.refund.agree"
    else:
        raise calling.failure(Refused, router.shop, _("这种售后、这个状态不能在这里同意，请到拼多多后台操作"))
    found = router.call(kind, "response", {"request": request}, is_repeatable=False)
    result = found.get("result")
    if not isinstance(result, dict) or not {"succ", "success"} & result.keys():
        raise calling.incomplete("result")
    if any(bodies.is_no(result[key]) for key in ("succ", "success") if key in result):
        raise calling.failure(Refused, router.shop, str(result.get("message") or ""))


def _asked(router: Router, said: RefundAnswer) -> IncomingRefund:
    """The request as it came last: which call is right depends on its kind and state."""
    try:
        return mapping.refund(said.body)
    except BadPayload as error:
        raise calling.failure(Refused, router.shop, str(error)) from None
