"""The ways back, and the stories that others start, cost the same for two orders as for fifty."""

from dataclasses import replace

import pytest

from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing
from danshu.channels.contract import Receiver, RefundState
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine
from danshu.orders.tests.conftest import CLERK, HOME, NOW, asked, incoming, line
from danshu.stock import operations as stock
from danshu.stock.models import Balance
from danshu.stock.operations import Piece

AS = {"by": CLERK, "now": NOW}
BACK = {
    "unhold": (lambda ids: orders.hold(ids, reason="等", **AS), lambda ids: orders.unhold(ids, **AS)),
    "reopen": (lambda ids: orders.cancel(ids, **AS), lambda ids: orders.reopen(ids, **AS)),
    "unmerge": (lambda ids: orders.merge(ids, **AS), lambda ids: orders.unmerge(ids, **AS)),
    "unprint": (lambda ids: orders.mark_printed(ids, **AS), lambda ids: orders.unprint(ids, **AS)),
    "unship": (lambda ids: orders.mark_shipped(ids, **AS), lambda ids: orders.unship(ids, **AS)),
}


@pytest.mark.parametrize("story", BACK)
def test_a_way_back(take, house, same_queries, story):
    Balance.objects.update(on_hand=1000)
    take(*(incoming(f"A{i}", line("MUG", oid=f"o{i}")) for i in range(52)))
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    there, back = BACK[story]
    there(ids[:2])
    there(ids[2:])
    same_queries(lambda: back(ids[:2]), lambda: back(ids[2:]))


def test_orders_by_hand(house, same_queries):
    Balance.objects.update(on_hand=1000)

    def make(count):
        drafts = [Draft(house.shop.pk, (DraftLine(house.skus["MUG"].pk, 1, 2500),), HOME) for _ in range(count)]
        return lambda: orders.create_manual(drafts, **AS)

    make(1)()
    same_queries(make(2), make(50))


def test_following_a_mapping(take, house, same_queries):
    Balance.objects.update(on_hand=1000)
    take(*(incoming(f"A{i}", line("ONE", oid=f"o{i}")) for i in range(2)))
    take(*(incoming(f"B{i}", line("TWO", oid=f"p{i}")) for i in range(50)))
    one, two = Listing.objects.get(merchant_code="ONE").pk, Listing.objects.get(merchant_code="TWO").pk
    catalogue.map_listings([one, two], sku_id=house.skus["MUG"].pk, **AS)
    same_queries(lambda: orders.remap([one], **AS), lambda: orders.remap([two], **AS))


def test_filling_short_orders(take, house, same_queries):
    take(*(incoming(f"A{i}", line("MUG", 11, oid=f"o{i}")) for i in range(2)))
    take(*(incoming(f"B{i}", line("MAT", 11, oid=f"p{i}")) for i in range(50)))
    skus = [house.skus[code].pk for code in ("MUG", "MAT")]
    stock.receive([Piece(sku_id, house.warehouse.pk, 1000) for sku_id in skus], **AS)
    same_queries(lambda: orders.fill_short(skus[:1], **AS), lambda: orders.fill_short(skus[1:], **AS))


def test_undoing_an_import(take, batch, house, same_queries):
    Balance.objects.update(on_hand=1000)
    other = type(batch).objects.create(shop=house.shop, file_name="b.xlsx", path="b", sha256="1", created_at=NOW)
    take(*(incoming(f"A{i}", line("MUG", oid=f"o{i}")) for i in range(2)), batch=batch.pk)
    take(*(incoming(f"B{i}", line("MUG", oid=f"p{i}")) for i in range(50)), batch=other.pk)
    same_queries(lambda: orders.undo_batch(batch.pk, **AS), lambda: orders.undo_batch(other.pk, **AS))


@pytest.mark.parametrize("state", [RefundState.ASKED, RefundState.DONE])
def test_fifty_requests_cost_as_many_statements_as_one(take, hear, same_queries, state):
    Balance.objects.update(on_hand=1000)
    take(*(incoming(f"A{i}", line("MUG", oid=f"o{i}"), line("NOBODY", oid=f"n{i}")) for i in range(52)))
    some = [asked(f"R{i}", f"A{i}", state=state, oids=(f"n{i}",), amount_fen=1000) for i in range(52)]
    same_queries(lambda: hear(*some[:2]), lambda: hear(*some[2:]))


def test_waiting_requests_of_fifty_orders_cost_as_many_statements_as_of_one(take, hear, same_queries):
    Balance.objects.update(on_hand=1000)
    hear(*(asked(f"R{i}", f"A{i}") for i in range(52)))
    take(incoming("A51", line("MUG"), line("MAT"), receiver=Receiver()))
    some = [incoming(f"A{i}", line("MUG", oid=f"o{i}"), line("MAT", oid=f"m{i}"), receiver=Receiver()) for i in range(51)]
    same_queries(lambda: take(*some[:1]), lambda: take(*some[1:]))
    again = [replace(order, seller_memo="x") for order in some]
    same_queries(lambda: take(*again[:1]), lambda: take(*again[1:]))
