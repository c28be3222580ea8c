"""The stories of refunds, from the buyer's wish to the money back. The seller's word comes from an interface (`answer`) or by hand."""

from __future__ import annotations

from danshu_simulator import numbering
from danshu_simulator.things import Line, Order, OrderStatus, Refund, RefundKind, RefundStatus
from danshu_simulator.world import Impossible, World

ANSWER_DAYS = 2  # then the platform agrees in the seller's place
MONEY = {RefundKind.REFUND, RefundKind.RETURN}


def ask(
    world: World,
    shop_key: str,
    no: str,
    *,
    kind: RefundKind = RefundKind.REFUND,
    pieces: dict[str, int] | None = None,
    amount_fen: int | None = None,
    reason: str = "不想要了",
    description: str = "",
) -> Refund:
    """A buyer asks about some lines, without `pieces` about all of them; `amount_fen` is else what was paid for these."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status in {OrderStatus.UNPAID, OrderStatus.CLOSED}:
            raise Impossible("not_paid" if order.status == OrderStatus.UNPAID else "closed", order.status)
        is_before = order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}
        if kind != RefundKind.REFUND and order.status == OrderStatus.PAID:
            raise Impossible("not_shipped", "goods that were not sent cannot come back")
        about = pieces if pieces is not None else {line.oid: line.quantity for line in order.lines if not line.is_refunded}
        lines = [line for line in order.lines if line.oid in about]
        if not lines or len(lines) != len(about):
            raise Impossible("unknown_line", f"{no}: {about}")
        if any(world.books[shop_key].refunds[line.refund_no].is_open for line in lines if line.refund_no):
            raise Impossible("already_asked", no)
        if any(line.is_refunded for line in lines):
            raise Impossible("already_refunded", no)
        whole = sum(line.paid_fen * about[line.oid] // line.quantity - line.refunded_fen for line in lines)
        if set(about) == {line.oid for line in order.lines} and order.status == OrderStatus.PAID:
            whole += order.freight_fen
        amount = whole if amount_fen is None else amount_fen
        if kind in MONEY and not 0 < amount <= whole:
            raise Impossible("amount", f"{amount} of {whole}")
        now = world.now()
        money = amount if kind in MONEY else 0
        if len(lines) > 1 and numbering.TRAITS[world.shop(shop_key).platform].line_refunds:
            return _ask_each(world, order, lines, about, amount_fen, kind=kind, reason=reason, description=description)
        refund_no = world.number(world.shop(shop_key), "refund")
        refund = Refund(shop_key, refund_no, no, kind, dict(about), money, reason, now, now, is_before, description=description)
        world.put_refund(refund)
        order.refund_nos.append(refund_no)
        _mark(world, refund, order)
        world.tell(shop_key, "refund.asked", refund_no, order_no=no)
        world.plan(now + ANSWER_DAYS * 86_400_000, "agree_overdue", shop=shop_key, no=refund_no)
        return refund


def _ask_each(
    world: World,
    order: Order,
    lines: list[Line],
    about: dict[str, int],
    amount_fen: int | None,
    *,
    kind: RefundKind,
    reason: str,
    description: str,
) -> Refund:
    """One wish for each line, without freight, the first ones taking of `amount_fen` what they can. Returns the first."""
    asked: list[Refund] = []
    for line in lines:
        share = line.paid_fen * about[line.oid] // line.quantity - line.refunded_fen
        if amount_fen is not None:
            share = min(share, amount_fen)
            amount_fen -= share
        if share or kind not in MONEY:
            pieces = {line.oid: about[line.oid]}
            asked.append(
                ask(world, order.shop, order.no, kind=kind, pieces=pieces, amount_fen=share, reason=reason, description=description)
            )
    return asked[0]


def answer(world: World, shop_key: str, refund_no: str, *, agrees: bool, reason: str = "") -> Refund:
    """The seller's word to what waits for it: to the wish, or to goods that came back."""
    with world.changing():
        refund = world.refund(shop_key, refund_no)
        if refund.status not in {RefundStatus.ASKED, RefundStatus.RETURNED}:
            raise Impossible("not_waiting", refund.status)
        now = world.now()
        if not agrees:
            refund.refuse_reason, refund.refused_ms = reason, now
            return _move(world, refund, RefundStatus.REFUSED)
        refund.agreed_ms = now
        if refund.status == RefundStatus.ASKED and refund.kind in {RefundKind.RETURN, RefundKind.EXCHANGE}:
            return _move(world, refund, RefundStatus.WAITING_RETURN)
        if refund.kind not in MONEY:
            return _move(world, refund, RefundStatus.WAITING_RESEND)
        return _pay_back(world, refund)


def send_back(world: World, shop_key: str, refund_no: str, *, waybill_no: str, courier: str = "SF") -> Refund:
    with world.changing():
        refund = _expect(world, shop_key, refund_no, RefundStatus.WAITING_RETURN)
        refund.waybill_no, refund.courier = waybill_no, courier
        return _move(world, refund, RefundStatus.RETURNED)


def send_again(world: World, shop_key: str, refund_no: str, *, waybill_no: str, courier: str = "SF") -> Refund:
    """The seller sends the other goods of an exchange, or those of a resend."""
    with world.changing():
        refund = _expect(world, shop_key, refund_no, RefundStatus.WAITING_RESEND)
        refund.resend_waybill_no, refund.resend_courier, refund.done_ms = waybill_no, courier, world.now()
        return _move(world, refund, RefundStatus.DONE)


def insist(world: World, shop_key: str, refund_no: str, *, amount_fen: int | None = None) -> Refund:
    """The buyer asks again, perhaps for another amount, after a refusal or while the seller thinks."""
    with world.changing():
        refund = world.refund(shop_key, refund_no)
        if refund.status not in {RefundStatus.ASKED, RefundStatus.REFUSED}:
            raise Impossible("not_waiting", refund.status)
        if amount_fen is not None and not 0 < amount_fen <= refund.amount_fen:
            raise Impossible("amount", f"{amount_fen} of {refund.amount_fen}")
        refund.amount_fen = refund.amount_fen if amount_fen is None else amount_fen
        return _move(world, refund, RefundStatus.ASKED)


def take_back(world: World, shop_key: str, refund_no: str) -> Refund:
    """The buyer does not want it any more."""
    with world.changing():
        refund = world.refund(shop_key, refund_no)
        if refund.status in {RefundStatus.DONE, RefundStatus.CLOSED}:
            raise Impossible("ended", refund.status)
        return _move(world, refund, RefundStatus.CLOSED)


def refund_at_once(world: World, shop_key: str, no: str, *, pieces: dict[str, int] | None = None, amount_fen: int | None = None) -> Refund:
    """The money goes back without a wish before it: by the seller's own hand, or the platform's."""
    with world.changing():
        had = set(world.order(shop_key, no).refund_nos)
        first = ask(world, shop_key, no, pieces=pieces, amount_fen=amount_fen, reason="商家主动退款")
        for refund_no in [one for one in world.order(shop_key, no).refund_nos if one not in had]:
            answer(world, shop_key, refund_no, agrees=True)
        return first


def _expect(world: World, shop_key: str, refund_no: str, status: RefundStatus) -> Refund:
    refund = world.refund(shop_key, refund_no)
    if refund.status != status:
        raise Impossible("not_waiting", refund.status)
    return refund


def _move(world: World, refund: Refund, status: RefundStatus) -> Refund:
    refund.status, refund.version = status, refund.version + 1
    world.put_refund(refund)
    _mark(world, refund, world.order(refund.shop, refund.order_no))
    world.tell(refund.shop, "refund.changed", refund.no, order_no=refund.order_no, status=status)
    return refund


def _mark(world: World, refund: Refund, order: Order) -> None:
    """The order's lines say how their newest refund stands."""
    for line in order.lines:
        if line.oid in refund.pieces:
            line.refund, line.refund_no = refund.status, refund.no
    world.put_order(order)


def _pay_back(world: World, refund: Refund) -> Refund:
    order = world.order(refund.shop, refund.order_no)
    lines = [line for line in order.lines if line.oid in refund.pieces]
    left = refund.amount_fen
    for line in lines:
        share = min(left, line.paid_fen - line.refunded_fen)
        line.refunded_fen += share
        left -= share
    refund.done_ms = world.now()
    _move(world, refund, RefundStatus.DONE)
    is_open = order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED}
    if is_open and all(line.is_refunded for line in order.lines):
        order.status, order.closed_ms, order.close_reason = OrderStatus.CLOSED, world.now(), "全部退款"
        world.put_order(order)
        world.tell(order.shop, "order.closed", order.no)
    elif order.status == OrderStatus.PART_SHIPPED and all(line.is_refunded or line.shipped >= line.quantity for line in order.lines):
        order.status = OrderStatus.SHIPPED
        world.put_order(order)
        world.tell(order.shop, "order.shipped", order.no)
    return refund


def tell_stories(world: World) -> None:
    """What platforms do by themselves: agree when the seller does not answer."""

    def agree_overdue(about: dict[str, str]) -> None:
        if world.refund(about["shop"], about["no"]).status == RefundStatus.ASKED:
            answer(world, about["shop"], about["no"], agrees=True)

    world.stories["agree_overdue"] = agree_overdue
