import pytest

from danshu.accounts.models import User
from danshu.orders import operations as orders
from danshu.orders import queries, receiver
from danshu.orders.models import Order
from danshu.orders.tests.conftest import CLERK, NOW, incoming


def found(text):
    return list(queries.find(text, Order.objects.all()).order_by("platform_no").values_list("platform_no", flat=True))


def test_search_knows_numbers_phones_waybills_and_nicks(take, order_of):
    take(
        incoming("7731", buyer_nick="tb小婷_77"),
        incoming("B2", receiver=incoming().receiver.__class__("李四", "13900001111", "浙江省", "", "", "x")),
    )
    order = order_of("7731")
    order.parcels.create(waybill_no="YT8800", created_at=NOW)
    assert found("7731") == found(order.no) == found("YT8800") == found("tb小") == ["7731"]
    assert found("2290") == found("186 1234 2290") == ["7731"]
    assert found("18612342291") == found("") == found("nobody") == []


def test_the_short_number_finds_this_year(take, order_of, time_machine):
    time_machine.move_to(NOW)
    take(incoming("B1"))
    assert found(order_of("B1").short_no) == ["B1"]


def test_people_see_their_shops(take, house):
    take(incoming())
    mine = User(username="a", name="a", shop_ids=[house.shop.pk], role="operations")
    other = User(username="b", name="b", shop_ids=[house.shop.pk + 1], role="operations")
    assert (queries.scope(mine).count(), queries.scope(other).count()) == (1, 0)


def test_the_timeline_tells_newest_first_who_did_what(take, order_of):
    take(incoming(status_text="买家已付款"))
    orders.set_flag([order_of().pk], "red", by=CLERK, now=NOW)
    receiver.reveal([order_of().pk], by=CLERK, now=NOW)
    told = queries.timeline(order_of())
    assert [moment.text for moment in told] == ["查看完整收件信息", "改旗标", "收进单枢", "买家付款", "买家下单"]
    assert (told[1].who, told[1].note) == ("小林", "旗标: – → 红旗")
    assert told[3].note == "买家已付款"


@pytest.mark.parametrize("code", ["WAIT_SELLER_SEND_GOODS", "3", ""])
def test_a_platforms_word_for_programs_is_not_told_to_people(take, order_of, code):
    take(incoming(status_text=code))
    assert [moment.note for moment in queries.timeline(order_of()) if moment.text == "买家付款"] == [""]


@pytest.mark.django_db
def test_a_group_begins_with_its_head(take):
    take(incoming("A1"), incoming("A2"))
    head, member = Order.objects.order_by("pk")
    orders.merge([head.pk, member.pk], by=CLERK, now=NOW)
    member.refresh_from_db()
    assert queries.group(member) == [head, member]
