"""The list: views, filters in the address, pages by key, the drawer beside it, saved views."""

from __future__ import annotations

import re

import pytest

from danshu.accounts.permissions import Role
from danshu.boards.models import SavedView
from danshu.core import clock
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.states import Payment
from tests import people

pytestmark = pytest.mark.django_db
LIST = "/orders/"
HTMX = {"HX-Request": "true", "HX-Target": "orders"}


def numbers(response) -> list[str]:
    return [str(line).split('data-no="')[1].split('"')[0] for line in response.context["lines_html"]]


def test_the_first_view_holds_everything_under_way_newest_first(house, owner, client_of):
    placed = house.place(3)
    orders.cancel([placed[0].pk], by=owner.actor, now=clock.now())
    assert numbers(client_of(owner).get(LIST)) == [placed[2].no, placed[1].no]


def test_only_what_may_be_packed_offers_to_be_printed(house, owner, client_of):
    (paid,) = house.place(1)
    (unpaid,) = house.place(1, payment=Payment.UNPAID, paid_at=None)
    drawn = dict(zip(numbers(page := client_of(owner).get(LIST)), page.context["lines_html"], strict=True))
    assert "btn orders-go" in drawn[paid.no]
    assert "btn orders-go" not in drawn[unpaid.no]


def test_views_have_capped_counts_and_alarms(house, owner, client_of):
    house.place(1, codes=("MY-LP-1",))
    page = client_of(owner).get(LIST)
    counts = {tab.url.split("v=")[-1]: tab.count for tab in page.context["views"]}
    assert counts["open"] == "1"
    assert counts["short"] == "1"
    assert counts["no-trace"] == "0"


def test_filters_combine_and_live_in_the_address(house, owner, client_of):
    (red,) = house.place(1, flag="red")
    (noted,) = house.place(1, shop=house.other, buyer_message="请多包一层")
    house.place(1, shop=house.other, codes=("MY-TW-1",))
    client = client_of(owner)
    assert numbers(client.get(f"{LIST}?flag=red")) == [red.no]
    assert numbers(client.get(f"{LIST}?shop={house.other.pk}&only=note")) == [noted.no]
    assert len(numbers(client.get(f"{LIST}?sku=MY-TW"))) == 1
    assert len(numbers(client.get(f"{LIST}?courier=zto"))) == 1
    assert len(numbers(client.get(f"{LIST}?paid=today&wh=99999"))) == 0
    assert len(numbers(client.get(f"{LIST}?from=2020-01-01&to=2099-01-01"))) == 3
    page = client.get(f"{LIST}?flag=red")
    assert 'class="chip on"' in page.text
    assert "红旗" in page.text


def test_nonsense_in_the_address_is_left_out(house, owner, client_of):
    house.place(1)
    page = client_of(owner).get(f"{LIST}?v=nothing&shop=abc&paid=ever&flag=pink&from=tomorrow&courier=none&open=123")
    assert page.status_code == 200
    assert len(numbers(page)) == 1


def test_pages_turn_by_key_and_back(house, owner, client_of):
    house.place(53)
    client = client_of(owner)
    first = client.get(LIST)
    second = client.get(first.context["next_url"])
    assert (len(numbers(first)), len(numbers(second))) == (50, 3)
    assert "51–53" in second.text
    assert not set(numbers(first)) & set(numbers(second))
    assert numbers(client.get(second.context["previous_url"])) == numbers(first)


@pytest.mark.parametrize("at", ["7000000", "-4", "abc", "0", "1", "²"])
def test_a_position_that_cannot_be_is_not_repeated(house, owner, client_of, at):
    house.place(103)
    client = client_of(owner)
    second = re.sub(r"at=\d+", f"at={at}", client.get(LIST).context["next_url"])
    page = client.get(second)
    assert page.context["start"] == 0
    assert len(numbers(page)) == 50
    assert "第一页" in page.text
    assert "共" in page.text
    last = client.get(page.context["next_url"])
    assert (last.context["start"], last.context["end"]) == (101, 103)
    assert client.get(f"{LIST}?at={at}").context["start"] == 1


def test_the_sum_is_shown_to_those_who_may_see_amounts(house, owner, picker, client_of):
    house.place(2)
    assert "¥116.00" in client_of(owner).get(LIST).text
    text = client_of(picker).get(LIST).text
    assert "116.00" not in text
    assert "58.00" not in text
    assert "data-fen" not in text


def test_one_and_fifty_rows_cost_the_same_statements(house, owner, client_of, statements):
    client = client_of(owner)
    house.place(1)
    few = statements(lambda: client.get(LIST))
    house.place(49)
    many = statements(lambda: client.get(LIST))
    assert len(few) == len(many)
    assert not [sql for sql in many if "COUNT(*)" in sql.upper() or "OFFSET" in sql.upper()]


def test_htmx_gets_the_list_alone_with_a_clean_address(house, owner, client_of):
    house.place(1)
    page = client_of(owner).get(f"{LIST}?v=open&flag=&sku=&from=", headers=HTMX)
    assert page.text.lstrip().startswith('<div id="orders"')
    assert "<html" not in page.text
    assert page["HX-Push-Url"] == "/orders/?v=open"
    assert "HX-Request" in page["Vary"]


def test_an_open_order_stands_beside_the_list_and_alone_for_htmx(house, owner, client_of):
    (order,) = house.place()
    client = client_of(owner)
    whole = client.get(f"{LIST}?open={order.no}")
    assert "ds-drawer" in whole.text
    assert 'id="rows"' in whole.text
    alone = client.get(f"{LIST}?open={order.no}", headers={"HX-Request": "true", "HX-Target": "drawer-slot"})
    assert "<ds-drawer" in alone.text
    assert 'id="rows"' not in alone.text


def test_the_drawer_leads_to_the_orders_above_and_below_in_the_same_list(house, owner, client_of):
    """The newest stands first; the blue one is not in this list."""
    oldest, _blue, middle, newest = (house.place(1, flag=flag)[0] for flag in ("red", "blue", "red", "red"))
    client = client_of(owner)

    def beside(order):
        page = client.get(f"{LIST}?flag=red&open={order.no}", headers={"HX-Request": "true", "HX-Target": "drawer-slot"})
        return page.context.get("previous_order_url"), page.context.get("next_order_url")

    assert beside(middle) == (f"{LIST}?flag=red&open={newest.no}", f"{LIST}?flag=red&open={oldest.no}")
    assert beside(newest) == (None, f"{LIST}?flag=red&open={middle.no}")
    assert beside(oldest) == (f"{LIST}?flag=red&open={middle.no}", None)


def test_an_empty_list_says_why_and_what_to_do(house, owner, client_of):
    client = client_of(owner)
    assert "还没有订单" in client.get(LIST).text
    house.place(1)
    assert "没有符合筛选的订单" in client.get(f"{LIST}?flag=red").text
    assert "里没有订单" in client.get(f"{LIST}?v=mergeable").text


def test_filters_become_a_view_of_ones_own(house, operator, owner, client_of):
    house.place(1, flag="red")
    house.place(1)
    mine = client_of(operator)
    saved = mine.post("/orders/views/", {"name": "红旗的", "query": "v=to-ship&flag=red"})
    assert len(numbers(mine.get(saved.url))) == 1
    assert "红旗的" in mine.get(LIST).text
    assert "红旗的" not in client_of(owner).get(LIST).text
    slug = SavedView.objects.get().slug
    assert client_of(owner).post(f"/orders/views/{slug}/drop/").status_code in {400, 404, 409, 422}
    mine.post(f"/orders/views/{slug}/drop/")
    assert not SavedView.objects.exists()


def test_a_team_view_is_everybodys(house, operator, viewer, client_of):
    house.place(1)
    client_of(operator).post("/orders/views/", {"name": "易碎", "query": "v=open", "team": "1"})
    assert "易碎" in client_of(viewer).get(LIST).text


@pytest.mark.parametrize("role", ["owner", "operator", "picker", "service", "viewer"])
def test_everybody_who_works_here_sees_the_list(house, client_of, request, role):
    house.place()
    page = client_of(request.getfixturevalue(role)).get(LIST)
    assert page.status_code == 200
    assert ('id="bar"' in page.text) is (role != "viewer")


def test_strangers_are_sent_to_sign_in(house, client):
    assert client.get(LIST).status_code == 302


def test_orders_of_other_peoples_shops_are_not_there(house, client_of):
    house.place(1)
    house.place(1, shop=house.other)
    page = client_of(people.make(Role.SERVICE, username="one-shop", shop_ids=[house.shop.pk])).get(LIST)
    assert len(numbers(page)) == 1
    assert "木屿好物" not in page.text


def test_merged_orders_show_as_one_parcel(house, owner, client_of):
    placed = house.place(2, same_person=True)
    orders.merge([order.pk for order in placed], by=owner.actor, now=clock.now())
    text = client_of(owner).get(f"{LIST}?v=to-ship").text
    assert "合单 2" in text
    assert Order.objects.filter(merged_into=placed[0]).count() == 1


def test_search_words_narrow_a_view(house, owner, client_of):
    first, _second = house.place(2)
    assert numbers(client_of(owner).get(f"{LIST}?q={first.platform_no}")) == [first.no]
