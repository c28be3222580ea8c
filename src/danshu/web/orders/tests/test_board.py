"""The board shows each order in the column its axes say, and moves it with everything that belongs to the move."""

from __future__ import annotations

import pytest
from django.urls import reverse

from danshu.accounts.permissions import Role
from danshu.core import clock
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, PrintBatch
from danshu.fulfilment.operations import Number
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock.models import Balance
from tests import people

pytestmark = pytest.mark.django_db
BOARD = "/board/"


def columns(response) -> dict[str, list[int]]:
    return {column.slug: len(column.cards) for column in response.context["board"]}


def test_orders_stand_in_the_columns_of_their_axes(house, owner, client_of):
    waiting, printed, refunding = house.place(3)
    orders.mark_printed([printed.pk], by=owner.actor, now=clock.now())
    Order.objects.filter(pk=refunding.pk).update(refund="requested")
    page = client_of(owner).get(BOARD)
    assert columns(page) == {"todo": 1, "printed": 1, "shipped": 0, "after": 1}
    assert waiting.short_no in page.text
    assert "手作陶瓷马克杯" in page.text
    assert "¥58.00" in page.text


def test_cards_show_masked_people_and_warehouse_sees_no_amounts(house, owner, picker, client_of):
    house.place()
    for person, sees_amounts in ((owner, True), (picker, False)):
        text = client_of(person).get(BOARD).text
        assert "王*婷" in text or "王**婷" in text
        assert "小1婷" not in text
        assert "13800130001" not in text
        assert ("¥58.00" in text) is sees_amounts


def test_chips_narrow_the_board_and_stay_in_the_address(house, owner, client_of):
    house.place(2)
    house.place(1, shop=house.other, buyer_message="请多包一层")
    client = client_of(owner)
    assert columns(client.get(BOARD + "?platform=douyin"))["todo"] == 1
    assert columns(client.get(BOARD + "?only=note"))["todo"] == 1
    assert columns(client.get(f"{BOARD}?shop={house.shop.pk}"))["todo"] == 2
    assert 'href="/board/?platform=taobao"' in client.get(BOARD).text


def test_quick_chips_find_short_and_soon_late(house, owner, client_of):
    house.place(1, codes=("MY-LP-1",))
    house.place(1, hours=2)
    client = client_of(owner)
    assert columns(client.get(BOARD + "?only=short"))["todo"] == 1
    assert columns(client.get(BOARD + "?only=soon"))["todo"] == 1


def test_a_column_goes_on_after_thirty_cards_without_repeating_one(house, owner, client_of):
    house.place(37)
    client = client_of(owner)
    column = client.get(BOARD).context["board"][0]
    assert len(column.cards) == 30
    more = client.get(column.more, headers={"HX-Request": "true"})
    assert more.text.count("<article") == 7
    first = {card.split('data-no="')[1].split('"')[0] for card in column.cards}
    assert not any(no in more.text for no in first)


def test_one_and_fifty_orders_cost_the_same_statements(house, owner, client_of, statements):
    client = client_of(owner)
    house.place(1)
    few = statements(lambda: client.get(BOARD))
    house.place(49)
    many = statements(lambda: client.get(BOARD))
    assert len(few) == len(many)


def test_nothing_is_counted_or_skipped(house, owner, client_of, statements):
    house.place(2)
    for sql in statements(lambda: client_of(owner).get(BOARD)):
        assert "COUNT(*)" not in sql.upper()
        assert "OFFSET" not in sql.upper()


def move(client, order, to, **more):
    return client.post(reverse("orders-move", args=[order.no]), {"to": to, "next": BOARD, **more})


def test_moving_to_printed_makes_papers_and_says_how_to_go_back(house, picker, client_of, fresh):
    (order,) = house.place()
    client = client_of(picker)
    page = client.get(move(client, order, "printed").url)
    assert fresh(order).fulfilment == "printed"
    assert PrintBatch.objects.count() == 1
    undo = f"/orders/{order.no}/move/?to=todo"
    assert f'action="{undo}"' in page.text
    client.post(undo, {"next": BOARD})
    assert fresh(order).fulfilment == "waiting"


def test_moving_to_shipped_takes_the_goods_out_and_undo_brings_them_back(house, picker, client_of, fresh):
    (order,) = house.place()
    client = client_of(picker)
    move(client, order, "printed")
    parcel = Parcel.objects.get(order=order)
    fulfilment.set_waybills([Number(parcel.pk, "78912206334471")], source="typed", by=picker.actor, now=clock.now())
    move(client, order, "shipped")
    assert fresh(order).fulfilment == "shipped"
    assert Balance.objects.get(sku=house.mug).on_hand == 999
    move(client, order, "printed")
    assert fresh(order).fulfilment == "printed"
    assert Balance.objects.get(sku=house.mug).on_hand == 1000


def test_what_may_not_move_stays_and_says_why(house, picker, client_of, fresh):
    (short,) = house.place(1, codes=("MY-LP-1",))
    client = client_of(picker)
    page = client.get(move(client, short, "printed").url)
    assert fresh(short).fulfilment == "waiting"
    assert "缺货" in page.text
    assert "toast error" in page.text


def test_a_script_gets_the_toast_and_an_error_when_the_card_goes_back(house, picker, client_of):
    fine, short = house.place(1)[0], house.place(1, codes=("MY-LP-1",))[0]
    client = client_of(picker)
    headers = {"HX-Request": "true"}
    good = client.post(reverse("orders-move", args=[fine.no]), {"to": "printed"}, headers=headers)
    assert good.status_code == 200
    assert "ds-toast" in good.text
    bad = client.post(reverse("orders-move", args=[short.no]), {"to": "printed"}, headers=headers)
    assert bad.status_code == 422
    assert "ds-toast" in bad.text


def test_after_sales_is_reached_by_refunds_only(house, picker, client_of, fresh):
    (order,) = house.place()
    client = client_of(picker)
    page = client.get(move(client, order, "after").url)
    assert "平台的退款" in page.text
    assert fresh(order).fulfilment == "waiting"


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("operator", 302), ("picker", 302), ("service", 403), ("viewer", 403)])
def test_who_may_move(house, client_of, request, role, status):
    (order,) = house.place()
    assert move(client_of(request.getfixturevalue(role)), order, "printed").status_code == status


@pytest.mark.parametrize("role", ["owner", "operator", "picker", "service", "viewer"])
def test_everybody_who_works_here_sees_the_board(house, client_of, request, role):
    house.place()
    page = client_of(request.getfixturevalue(role)).get(BOARD)
    assert page.status_code == 200
    assert ('form="mover"' in page.text) is (role in {"owner", "operator", "picker"})


def test_orders_of_other_peoples_shops_are_not_there(house, client_of, db):
    house.place(1)
    (hidden,) = house.place(1, shop=house.other)
    client = client_of(people.make(Role.WAREHOUSE, username="one-shop", shop_ids=[house.shop.pk]))
    assert hidden.short_no not in client.get(BOARD).text
    assert move(client, hidden, "printed").status_code == 404


def test_the_print_button_leads_to_what_is_due_today(house, picker, client_of):
    house.place(1, hours=-0.5)  # late is due today, at any hour
    page = client_of(picker).get(BOARD)
    assert page.context["print_url"].endswith("?v=due-today")
    assert page.context["due_today"] == "1"


def test_late_orders_are_marked_and_counted(house, owner, client_of):
    house.place(1, hours=-3)
    page = client_of(owner).get(BOARD)
    assert "oc late" in page.text
    assert "1 单已超时" in page.text
