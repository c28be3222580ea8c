"""Rules of what a shop may show, and the offers' bookkeeping."""

from datetime import UTC, datetime, timedelta

import pytest

from danshu.audit.models import Entry
from danshu.channels.connecting import ListingKey, PushResult, Refusal
from danshu.channels.models import Offer, OfferRule, Shop
from danshu.channels.operations import offer_rules, offers, syncs
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import EventRow

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小雅")


def shop(name="演练店"):
    return Shop.objects.create(name=name, platform="sandbox", created_at=NOW)


def test_a_rule_is_set_changed_and_written_into_the_book():
    where = shop()
    offer_rules.set_rules([RuleDraft(where.pk, mode="share", percent=40)], by=BY, now=NOW)
    offer_rules.set_rules([RuleDraft(where.pk, mode="share", percent=60)], by=BY, now=NOW)
    assert list(OfferRule.objects.values_list("mode", "percent")) == [("share", 60)]
    assert Entry.objects.filter(verb="offers.ruled").latest("pk").changes == {"percent": [40, 60]}
    assert EventRow.objects.filter(kind="channels.OfferRulesChanged").count() == 2


def test_a_quota_counts_from_when_it_was_set_and_goes_on_counting():
    where = shop()
    [first] = offer_rules.set_rules([RuleDraft(where.pk, mode="quota", quota=50)], by=BY, now=NOW)
    [same] = offer_rules.set_rules([RuleDraft(where.pk, mode="quota", quota=50, cap=9)], by=BY, now=NOW + timedelta(days=1))
    [more] = offer_rules.set_rules([RuleDraft(where.pk, mode="quota", quota=80)], by=BY, now=NOW + timedelta(days=2))
    assert [first.quota_from, same.quota_from, more.quota_from] == [NOW, NOW, NOW + timedelta(days=2)]


@pytest.mark.parametrize(
    ("draft", "code"), [({"mode": "all"}, "offer.mode"), ({"percent": 101}, "offer.percent"), ({"cap": -1}, "offer.number")]
)
def test_rules_that_make_no_sense_are_refused(draft, code):
    with pytest.raises(DomainError) as error:
        offer_rules.set_rules([RuleDraft(shop().pk, **draft)], by=BY, now=NOW)
    assert error.value.code == code
    assert OfferRule.objects.count() == 0


def test_a_listing_goes_back_to_its_shops_rule():
    where = shop()
    offer_rules.set_rules([RuleDraft(where.pk), RuleDraft(where.pk, 7, cap=3, label="马克杯")], by=BY, now=NOW)
    assert offer_rules.drop_rules([(7, "马克杯")], by=BY, now=NOW) == 1
    assert list(OfferRule.objects.values_list("listing_id", flat=True)) == [0]


def held(where, count):
    return offers.hold([(n, where.pk) for n in range(1, count + 1)], now=NOW)


def said(held_offers, refusal=None):
    return [offers.Said(one, 1, 5, PushResult(ListingKey(str(pk)), refusal, "不收" if refusal else "")) for pk, one in held_offers.items()]


def test_refused_listings_wait_longer_each_time_but_never_more_than_an_hour():
    where, waits = shop(), []
    for _ in range(8):
        offers.want(held(where, 1), {1: 5}, now=NOW)
        offers.note_pushed(said(held(where, 1), Refusal.TEMPORARY), now=NOW)
        waits.append((Offer.objects.get().retry_at - NOW).total_seconds())
    assert waits == [10, 40, 160, 640, 2560, 3600, 3600, 3600]


def test_only_what_differs_from_what_the_platform_shows_is_due():
    where = shop()
    assert offers.want(held(where, 2), {1: 5, 2: 0}, now=NOW) == [1, 2]
    offers.note_pushed(said(held(where, 1)), now=NOW)
    assert offers.want(held(where, 1), {1: 5}, now=NOW) == []
    assert offers.note_shown([(1, 4)], now=NOW + timedelta(seconds=1)) == [1]
    assert offers.want(held(where, 1), {1: 4}, now=NOW) == [], "it shows what it should"


def test_reading_that_began_before_the_last_push_says_nothing():
    where = shop()
    offers.want(held(where, 1), {1: 5}, now=NOW)
    offers.note_pushed(said(held(where, 1)), now=NOW)
    assert offers.note_shown([(1, 4)], now=NOW - timedelta(seconds=1)) == []


def test_one_worker_at_a_time_pushes_for_a_shop():
    where = shop()
    assert syncs.take(where.pk, now=NOW)
    assert not syncs.take(where.pk, now=NOW)
    assert syncs.take(where.pk, now=NOW + syncs.LEASE), "the first one died"
    syncs.let_go(where.pk)
    assert syncs.take(where.pk, now=NOW)


def test_one_offer_and_fifty_cost_the_same(same_queries):
    where = shop()
    held(where, 50)

    def work(count):
        def run():
            found = held(where, count)
            offers.want(found, dict.fromkeys(found, count), now=NOW)
            offers.note_pushed(said(found), now=NOW)
            offers.note_shown([(pk, 5) for pk in found], now=NOW + timedelta(seconds=1))

        return run

    same_queries(work(1), work(50))


def test_one_rule_and_fifty_cost_the_same(same_queries):
    where = shop()
    same_queries(
        lambda: offer_rules.set_rules([RuleDraft(where.pk, 100, cap=1)], by=BY, now=NOW),
        lambda: offer_rules.set_rules([RuleDraft(where.pk, n, cap=1) for n in range(1, 51)], by=BY, now=NOW),
    )
    same_queries(
        lambda: offer_rules.drop_rules([(100, "a")], by=BY, now=NOW),
        lambda: offer_rules.drop_rules([(n, "a") for n in range(1, 51)], by=BY, now=NOW),
    )
