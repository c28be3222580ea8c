"""Messages reach a real receiver, signed as Standard Webhooks say; what does not get through is tried again, and not for ever."""

from __future__ import annotations

import json
import socket
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks import Webhook as Reference

from danshu.audit.models import Entry
from danshu.core import clock, guarded, http, jobs, message_signing
from danshu.core.errors import DomainError
from danshu.core.models import EventRow
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.jobs import wake
from danshu.notify.models import Delivery, Webhook
from danshu.notify.operations import Letter, delivering
from danshu.notify.tests.conftest import OWNER

pytestmark = pytest.mark.django_db


def letter(hook, key="1:1", **more):
    return Letter(hook.pk, key, more.pop("kind", "order.placed"), "1122-0001", more or {"no": "1122-0001", "name": "王小婷"}, clock.now())


def log_of(delivery):
    delivery.refresh_from_db()
    return [entry["status"] for entry in delivery.log]


def test_the_reference_library_accepts_what_we_send(hook_of, site):
    hook, key = hook_of()
    notify.queue([letter(hook)], now=clock.now())
    assert notify.deliver(hook.pk) == 1
    [(headers, body)] = site.came
    sent = Reference(key).verify(body, headers)
    assert (sent["type"], sent["data"]) == ("order.placed", {"no": "1122-0001", "name": "王小婷"})
    assert headers["content-type"] == "application/json"
    delivery = Delivery.objects.get()
    assert headers["webhook-id"] == delivery.message_id
    assert (delivery.state, delivery.attempts, log_of(delivery)) == ("done", 1, [204])


def test_ours_are_the_signatures_that_the_reference_library_makes():
    key = message_signing.new_secret()
    at, body = clock.now().replace(microsecond=0), '{"类型": "x"}'
    ours = message_signing.headers("msg_1", at, body.encode(), [key])
    assert ours["webhook-signature"] == Reference(key).sign("msg_1", at, body)


def test_a_body_changed_on_its_way_is_refused_by_the_receiver(hook_of, site):
    hook, key = hook_of()
    notify.queue([letter(hook)], now=clock.now())
    notify.deliver(hook.pk)
    [(headers, body)] = site.came
    with pytest.raises(Exception, match="signature"):
        Reference(key).verify(body.replace(b"1122", b"1123"), headers)


def test_for_a_day_both_secrets_sign(hook_of, site):
    hook, old = hook_of()
    new = notify.renew_secret(hook.pk, by=OWNER, now=clock.now())
    notify.queue([letter(hook)], now=clock.now())
    notify.deliver(hook.pk)
    headers, body = site.came[-1]
    assert Reference(old).verify(body, headers) == Reference(new).verify(body, headers)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        notify.queue([letter(hook, "2:2")], now=clock.now())
        notify.deliver(hook.pk)
        headers, body = site.came[-1]
        Reference(new).verify(body, headers)
        with pytest.raises(Exception, match="signature"):
            Reference(old).verify(body, headers)


def test_a_fact_is_queued_once(hook_of, site):
    hook, _key = hook_of()
    assert notify.queue([letter(hook), letter(hook, "2:2")], now=clock.now()) == 2
    assert notify.queue([letter(hook), letter(hook, "3:3")], now=clock.now()) == 1
    assert notify.deliver(hook.pk) == 3
    assert notify.deliver(hook.pk) == 0
    assert len(site.came) == 3


def test_fifty_letters_cost_the_statements_of_one(hook_of, same_queries):
    hook, _key = hook_of()
    now = clock.now()
    same_queries(
        lambda: notify.queue([letter(hook, "0:0")], now=now), lambda: notify.queue([letter(hook, f"1:{i}") for i in range(50)], now=now)
    )
    ids = list(Delivery.objects.values_list("pk", flat=True))
    same_queries(lambda: notify.replay(ids[:1], by=OWNER, now=now), lambda: notify.replay(ids[1:], by=OWNER, now=now))


@pytest.mark.parametrize("status", [500, 503, 429, 404, 302, 401])
def test_what_did_not_get_through_is_tried_again_on_schedule(hook_of, site, status):
    hook, _key = hook_of()
    with time_machine.travel("2026-11-22T04:00:00Z", tick=False) as clocks:
        notify.queue([letter(hook)], now=clock.now())
        site.script = [status, status]
        delivery = Delivery.objects.get()
        waits = []
        for _ in range(3):
            notify.deliver(hook.pk)
            delivery.refresh_from_db()
            waits.append((delivery.next_at - clock.now()).total_seconds())
            clocks.move_to(delivery.next_at + timedelta(seconds=1))
        assert 4.5 <= waits[0] <= 5.5
        assert 270 <= waits[1] <= 330
        assert (delivery.state, delivery.attempts, log_of(delivery)) == ("done", 3, [status, status, 204])
        assert {headers["webhook-id"] for headers, _body in site.came} == {delivery.message_id}
        assert Webhook.objects.get().failing_since is None


def test_a_message_is_given_up_after_the_last_wait_and_a_dead_receiver_is_switched_off(hook_of, site, monkeypatch):
    monkeypatch.setattr(delivering.random, "uniform", lambda _least, _most: 1.0)  # the shortest waits end before three days
    hook, _key = hook_of()
    with time_machine.travel("2026-11-22T04:00:00Z", tick=False) as clocks:
        start = clock.now()
        notify.queue([letter(hook)], now=start)
        delivery = Delivery.objects.get()
        for _ in range(len(delivering.SCHEDULE) + 1):
            site.script = [500]
            Webhook.objects.update(is_active=True)  # somebody switches it on again each time
            notify.deliver(hook.pk)
            delivery.refresh_from_db()
            clocks.move_to(delivery.next_at + timedelta(seconds=1))
        assert (delivery.state, delivery.attempts) == ("failed", 10)
        assert timedelta(hours=75) < clock.now() - start < timedelta(hours=76)
        assert len(delivery.log) == 10
    hook.refresh_from_db()
    assert not hook.is_active
    assert EventRow.objects.filter(kind="notify.WebhooksStopped").exists()
    assert Entry.objects.filter(verb="webhook.stopped", target_label="官网").exists()
    assert notify.deliver(hook.pk) == 0


def test_gone_is_gone(hook_of, site):
    hook, _key = hook_of()
    notify.queue([letter(hook, "1:1"), letter(hook, "2:2")], now=clock.now())
    site.script = [410]
    notify.deliver(hook.pk)
    assert len(site.came) == 1
    assert not Webhook.objects.get().is_active
    notify.switch([hook.pk], on=True, by=OWNER, now=clock.now())
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert queries.due(now=clock.now()) == [hook.pk]
        assert notify.deliver(hook.pk) == 2


def test_a_receiver_that_is_down_does_not_hold_the_worker(hook_of, site):
    hook, _key = hook_of()
    notify.queue([letter(hook, f"{i}:1") for i in range(30)], now=clock.now())
    site.script = [500] * 30
    assert notify.deliver(hook.pk) == 0
    assert len(site.came) == delivering.MOST_FAILURES
    assert queries.due(now=clock.now()) == []  # it rests
    assert Delivery.objects.filter(attempts=0, state="waiting").count() == 27
    site.script = []
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert queries.due(now=clock.now()) == [hook.pk]
        assert notify.deliver(hook.pk) == 30


def test_a_port_where_nobody_listens(hook_of):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    hook, _key = hook_of(url=url)
    notify.queue([letter(hook)], now=clock.now())
    assert notify.deliver(hook.pk) == 0
    [entry] = Delivery.objects.get().log
    assert entry["status"] == 0
    assert "127.0.0.1" in entry["error"]


def test_a_worker_that_died_leaves_its_messages_to_the_next(hook_of, site):
    hook, _key = hook_of()
    notify.queue([letter(hook)], now=clock.now())
    delivering._claim(hook.pk, now=clock.now())
    assert notify.deliver(hook.pk) == 0
    with time_machine.travel(clock.now() + delivering.LEASE + timedelta(seconds=1)):
        assert notify.deliver(hook.pk) == 1


def test_a_replay_sends_the_same_message_again(hook_of, site):
    hook, _key = hook_of()
    notify.queue([letter(hook)], now=clock.now())
    notify.deliver(hook.pk)
    delivery = Delivery.objects.get()
    assert notify.replay([delivery.pk], by=OWNER, now=clock.now()) == 1
    wake(queries.due(now=clock.now()))
    jobs.drain()
    assert [headers["webhook-id"] for headers, _body in site.came] == [delivery.message_id] * 2
    assert site.came[0][1] == site.came[1][1]
    assert Entry.objects.get(verb="webhook.replayed").target_label == "官网"


def test_a_test_message_says_only_that_messages_arrive(hook_of, site):
    hook, key = hook_of()
    notify.send_test(hook.pk, now=clock.now())
    notify.deliver(hook.pk)
    headers, body = site.came[0]
    assert Reference(key).verify(body, headers)["type"] == "webhook.test"


def test_bodies_lie_sealed_and_old_ones_go(hook_of, site):
    hook, _key = hook_of()
    notify.queue([letter(hook), letter(hook, "2:2")], now=clock.now())
    delivery = Delivery.objects.first()
    assert "王小婷".encode() not in bytes(delivery.body)
    assert json.loads(queries.body_of(delivery))["data"]["name"] == "王小婷"
    Delivery.objects.filter(pk=delivery.pk).update(state="done")
    assert notify.forget_old(now=clock.now() + timedelta(days=31)) == 1
    notify.switch([hook.pk], on=False, by=OWNER, now=clock.now())
    assert notify.forget_old(now=clock.now() + timedelta(days=31)) == 1


def test_names_are_looked_at_before_they_are_called(site, hook_of):
    """What a name leads to counts, whatever it is called."""
    asked = []

    def leads_to(*addresses):
        def resolve(host, port):
            asked.append(host)
            return list(addresses)

        return http.Client("webhook:1", attempts=1, transport=guarded.Guarded(resolve=resolve))

    for inside in ("127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "::1", "fd00::1", "fe80::1", "0.0.0.0",
                   "224.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "100.64.0.1", "nonsense"):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            leads_to(inside).request("POST", f"http://shop.example:{site.server_port}/hooks", content=b"{}")
        assert refused.value.code == "http.private", inside
    assert asked[0] == "shop.example"
    assert site.came == []
    with pytest.raises(DomainError, match=r"shop\.example"):
        leads_to().request("POST", "http://shop.example/", content=b"{}")


def test_the_call_goes_to_the_address_that_was_looked_at(site, db):
    client = http.Client("webhook:1", attempts=1, transport=guarded.Guarded(private=True, resolve=lambda host, port: ["127.0.0.1"]))
    answer = client.request("POST", f"http://shop.example:{site.server_port}/hooks", content=b"{}")
    assert answer.status_code == 204
    assert site.came[0][0]["host"] == f"shop.example:{site.server_port}"
    assert not guarded.is_allowed("169.254.169.254", private=True)
    assert guarded.is_allowed("1.1.1.1", private=False)
    assert guarded.is_allowed("2606:4700::1111", private=False)
