"""The seller answers a buyer's request: told once, read back, and what the platform says is shown."""

from datetime import timedelta

import pytest

from danshu.audit.models import Entry
from danshu.channels import registry
from danshu.channels.connector_errors import CredentialsExpired, Refused
from danshu.channels.contract import RefundKind, RefundState
from danshu.core.errors import DomainError
from danshu.flows import after_sales
from danshu.flows.tests.fake_platform import Platform
from danshu.orders import operations as orders
from danshu.orders.models import Order, Refund
from danshu.orders.tests.conftest import CLERK, NOW, asked, house, incoming  # noqa: F401 -- a fixture of that room

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(monkeypatch):
    fake = Platform()
    monkeypatch.setattr(registry, "load", lambda _code: fake)
    return fake


@pytest.fixture
def request_of(house, platform):  # noqa: F811 -- pytest hands the fixture over by this name
    """A request that stands here as it stands on the platform."""

    def made(**more):
        orders.ingest(house.shop.pk, [incoming()], source="api", by=CLERK, now=NOW)
        platform.requests["R1"] = asked(**more)
        orders.ingest_refunds(house.shop.pk, [platform.requests["R1"]], by=CLERK, now=NOW)
        return Refund.objects.get()

    return made


def answered(refund, *, agrees=True, reason=""):
    return after_sales.answer(refund.pk, agrees=agrees, reason=reason, by=CLERK)


def refused(refund, **more):
    with pytest.raises(DomainError) as error:
        answered(refund, **more)
    return error.value


def test_yes_is_told_and_what_came_of_it_is_read_back(request_of, platform):
    after = answered(request_of())
    (said,) = platform.calls
    assert (said.refund_no, said.platform_no, said.agrees, said.body) == ("R1", "A1", True, {"no": "R1"})
    assert (after.state, Order.objects.get().fulfilment, Refund.objects.get().answering_until) == ("done", "cancelled", None)
    entry = Entry.objects.get(verb="refund.agreed")
    assert (entry.target_id, entry.changes, entry.actor_name) == (Order.objects.get().pk, {"refund_no": "R1"}, "小林")


def test_no_takes_a_reason_that_the_platform_hears(request_of, platform):
    refund = request_of()
    assert refused(refund, agrees=False, reason=" ").code == "refund.reason"
    after = answered(refund, agrees=False, reason="已经打包发出")
    assert (platform.calls[0].reason, after.state, Order.objects.get().refund) == ("已经打包发出", "refused", "requested")
    assert Entry.objects.get(verb="refund.refused").note == "已经打包发出"


def test_a_request_that_was_answered_elsewhere_is_not_answered_again(request_of, platform):
    refund = request_of()
    platform.requests["R1"] = asked(state=RefundState.CLOSED, at=3)
    error = refused(refund)
    assert (error.code, platform.calls, Refund.objects.get().state) == ("refund.answered", [], "closed")


def test_the_same_answer_twice_is_told_once(request_of, platform):
    refund = request_of(kind=RefundKind.RETURN)
    assert [answered(refund).state, answered(refund).state] == ["waiting_return", "waiting_return"]
    assert len(platform.calls) == 1


def test_a_process_that_dies_between_call_and_note_tells_it_once(request_of, platform):
    refund = request_of()
    platform.dies = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        answered(refund)
    assert Refund.objects.get().state == "asked"
    assert (answered(refund).state, len(platform.calls)) == ("done", 1)


def test_two_people_at_once_tell_it_once(request_of, platform):
    refund = request_of()
    Refund.objects.update(answering_until=NOW + timedelta(days=3650))
    assert (refused(refund).code, platform.calls) == ("refund.busy", [])


def test_what_the_platform_says_comes_through_and_it_can_be_tried_again(request_of, platform):
    refund = request_of()
    platform.answers = [Refused("退货地址没有设置")]
    error = refused(refund)
    assert (error.message, error.code, Refund.objects.get().answering_until) == ("退货地址没有设置", "connector.refused", None)
    assert Entry.objects.filter(verb="refund.agreed").count() == 0
    assert answered(refund).state == "done"


def test_what_was_told_counts_even_if_it_cannot_be_read_back(request_of, platform, monkeypatch):
    refund, first = request_of(), []

    def fetch(*arguments):
        if first:
            raise CredentialsExpired("过期了")
        first.append(1)
        return Platform.fetch(platform, *arguments)

    monkeypatch.setattr(platform, "fetch", fetch)
    assert answered(refund).state == "asked"
    assert Entry.objects.filter(verb="refund.agreed").exists()


def test_where_no_answers_are_taken_nobody_is_asked(request_of, monkeypatch):
    refund = request_of()
    monkeypatch.setattr(registry, "load", lambda _code: None)
    assert refused(refund).code == "refund.unable"
