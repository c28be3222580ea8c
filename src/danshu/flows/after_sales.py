"""A person answers a buyer's request: the platform is told, and what it made of that is read back.

The request is read anew first: one that was answered elsewhere, or by us just before a process died, is not answered again.
"""

from __future__ import annotations

from contextlib import suppress

from django.utils.translation import gettext as _

from danshu.channels import registry
from danshu.channels.connecting import Body, Connector, RefundAnswer, Stream
from danshu.channels.connector_errors import ConnectorError
from danshu.channels.models import Shop
from danshu.channels.operations import granting
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Refund

AGREED = frozenset({"agreed", "waiting_return", "done"})
REFUSED = frozenset({"refused", "closed"})


def can_answer(shop: Shop) -> bool:
    return registry.abilities(shop.platform).can_answer_refunds


def answer(refund_id: int, *, agrees: bool, reason: str = "", by: Actor) -> Refund:
    """Say yes or no to a request and return it as the platform has it now. Calls the network.

    Raises `DomainError`: "refund.missing", "refund.unable", "refund.reason" (a no without one), "refund.busy" (somebody answers it just
    now), "refund.answered" (otherwise, elsewhere), "refund.unknown", and what the platform says (`ConnectorError`).
    """
    refund = Refund.objects.select_related("shop", "order").filter(pk=refund_id).first()
    if refund is None:
        raise DomainError(_("没有这个售后单。请刷新页面。"), "refund.missing")
    connector = registry.load(refund.shop.platform)
    if connector is None or not connector.abilities.can_answer_refunds:
        raise DomainError(_("这个平台的售后不能从这里回复，请到平台后台处理。"), "refund.unable")
    reason = reason.strip()[:200]
    if not agrees and not reason:
        raise DomainError(_("拒绝要写原因，平台会给买家看。"), "refund.reason")
    if not orders.hold_answer(refund_id, now=clock.now()):
        raise DomainError(_("有人正在回复这个售后，几秒后刷新再看。"), "refund.busy")
    try:
        return _answer(refund, connector, agrees=agrees, reason=reason, by=by)
    finally:
        orders.drop_answer(refund_id)


def _answer(refund: Refund, connector: Connector, *, agrees: bool, reason: str, by: Actor) -> Refund:
    body = _read(refund, connector, by=by)
    refund.refresh_from_db()
    if not refund.is_answerable:
        if refund.state in (AGREED if agrees else REFUSED):
            return refund
        told = _("平台上这个售后已经是「%(state)s」，没有再回复。页面上已经是新的状态。")
        raise DomainError(told % {"state": refund.get_state_display()}, "refund.answered")
    address_id = str(refund.shop.settings.get("refund_address_id", ""))
    said = RefundAnswer(refund.refund_no, refund.platform_no, agrees, reason, address_id, body)
    granting.call(refund.shop_id, lambda access: connector.answer_refund(access, said))
    orders.note_answer(refund.pk, agrees=agrees, reason=reason, by=by, now=clock.now())
    with suppress(ConnectorError):  # it was told; the stream of requests brings the rest
        _read(refund, connector, by=by)
    refund.refresh_from_db()
    return refund


def _read(refund: Refund, connector: Connector, *, by: Actor) -> Body:
    """The request as its platform has it, taken in."""
    if Stream.REFUNDS not in connector.abilities.streams:
        return {}
    found = granting.call(refund.shop_id, lambda access: connector.fetch_refund(access, refund.refund_no, refund.platform_no))
    if found.body is None:
        told = _("平台没有给出售后单 %(no)s：%(why)s") % {"no": refund.refund_no, "why": found.message or _("没有说原因")}
        raise DomainError(told, "refund.unknown")
    orders.ingest_refunds(refund.shop_id, [connector.refund(found.body)], by=by, now=clock.now())
    return found.body
