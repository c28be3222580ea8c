"""Who says the same again changes nothing, also when each source knows only a part."""

from dataclasses import replace
from datetime import timedelta

from danshu.channels.contract import Receiver
from danshu.orders import operations as orders
from danshu.orders.models import ImportedOrder, Order
from danshu.orders.tests.conftest import HOME, NOW, incoming, line

LATER = timedelta(minutes=5)


def test_two_partial_sources_that_repeat_themselves_change_nothing(take, order_of, clerk):
    bare = replace(incoming(seller_memo="易碎"), lines=(), has_lines=False)
    items = replace(incoming("A1", line("MUG", 2)), receiver=Receiver(), placed_at=None, paid_at=None)
    take(bare)
    take(items)
    orders.set_memo([order_of().pk], "改过", by=clerk, now=NOW)
    orders.edit_receiver([order_of().pk], replace(HOME, address="文二路 1 号"), by=clerk, now=NOW)
    seen = list(Order.objects.values())
    for word in (bare, items, bare, items):
        report = take(word, at=NOW + LATER)
        assert (report.updated, report.unchanged) == (0, 1)
    assert list(Order.objects.values()) == seen
    assert take(replace(bare, seller_memo="急"), at=NOW + LATER).updated == 1
    assert order_of().seller_memo == "急"


def test_a_word_in_other_terms_that_says_nothing_new_counts_as_unchanged(take, order_of, batch):
    take(incoming(buyer_nick="tb1"))
    at = order_of().updated_at
    report = take(incoming(buyer_nick=""), at=NOW + LATER, batch=batch.pk)
    assert (report.updated, report.unchanged, order_of().updated_at) == (0, 1, at)
    assert not ImportedOrder.objects.exists()
