"""The book of deeds, and its sentences."""

from datetime import timedelta

from danshu.audit import operations as audit
from danshu.audit import queries, verbs
from danshu.audit.models import Entry
from danshu.core import clock
from danshu.core.actor import SYSTEM


def _write(owner, now, count=1, verb="shop.changed"):
    audit.record([audit.Deed(verb, "shop", i, f"店 {i}") for i in range(count)], by=owner.actor, now=now)


def test_entries_are_found_by_person_verb_target_and_day(owner):
    now = clock.now()
    _write(owner, now - timedelta(days=3))
    _write(owner, now, 2, "person.changed")
    audit.record([audit.Deed("order.held", "order", 9, "1122-0379")], by=SYSTEM, now=now)
    assert queries.find(actor_id=owner.pk).count() == 3
    assert queries.find(actor_id=0).count() == 1
    assert queries.find(verb="person.").count() == 2
    assert queries.find(verb="order.held", target="0379").count() == 1
    today = clock.business_day(now)
    assert queries.find(first=today, last=today).count() == 3


def test_pages_go_through_all_entries_once(owner):
    _write(owner, clock.now(), 120)
    seen, after = [], ""
    while True:
        page = queries.page(queries.find(), after)
        seen += [entry.pk for entry in page.rows]
        after = page.next
        if not after:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == Entry.objects.count()


def test_a_verb_without_a_sentence_is_still_readable():
    assert verbs.sentence("shop.changed", "木屿") == "改了店铺 木屿 的设置"
    assert verbs.short("shop.created") == "新建店铺"
    assert verbs.sentence("thing.unknown", "木屿") == "thing.unknown 木屿"


def test_rooms_add_their_verbs():
    verbs.register({"thing.painted": "刷了 %(target)s", "thing.dried": "晾干"})
    try:
        assert verbs.sentence("thing.painted", "墙") == "刷了 墙"
        assert (verbs.sentence("thing.dried", "墙"), verbs.short("thing.dried")) == ("晾干 墙", "晾干")
    finally:
        del verbs.VERBS["thing.painted"], verbs.VERBS["thing.dried"]
