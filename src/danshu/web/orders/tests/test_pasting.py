"""聊天下单: from pasted messages to orders, by way of a page that a person confirms."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection

from danshu.accounts.permissions import Role
from danshu.catalogue.models import Sku
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.orders.models import Order
from danshu.orders.receiver import plain
from danshu.stock.models import Balance
from tests import people

pytestmark = pytest.mark.django_db
PASTE = "/orders/paste/"
TEXT = """小雨 2026/5/1 12:30
雾蓝马克杯两个
收件人 李小雨 13800010001
浙江杭州余杭区文一西路969号3幢502
不要发中通，转账 ¥116"""
TWO = """张小山 13800010002 浙江省杭州市余杭区文一西路1号
手作陶瓷马克杯2个

李小思 13800010003 江苏省苏州市姑苏区平江路2号
竹纤维毛巾3条"""


@pytest.fixture
def wechat(house):
    return Shop.objects.create(name="木屿私域", platform="wechat", created_at=clock.now())


def read(client, text=TEXT, **more):
    return client.post(PASTE, {"text": text, "do": "read", **more})


def fields(page):
    """What a browser would send back: the form's values as they stand on the page."""
    found: dict[str, list[str]] = {}
    text = page.text
    for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>(?:(?!</select>).)*?(?:</select>)?", text, re.DOTALL):
        name = re.search(r'\bname="([^"]+)"', tag)
        if not name or name[1] == "csrfmiddlewaretoken" or tag.startswith("<button"):
            continue
        if tag.startswith("<select"):
            options = text[text.index(tag) :].split("</select>")[0]
            chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options) or re.search(r'<option value="([^"]*)"', options)
            found.setdefault(name[1], []).append(chosen[1] if chosen else "")
        elif "checkbox" not in tag or "checked" in tag:
            value = re.search(r'\bvalue="([^"]*)"', tag)
            found.setdefault(name[1], []).append(value[1] if value else "")
    return {key: values for key, values in found.items() if key.startswith("o") or key in {"text", "once", "done", "shop", "pick"}}


def make(client, page, **changes):
    return client.post(PASTE, {**fields(page), "do": "make", **changes})


def test_a_chat_is_read_into_a_card_with_its_words_marked(house, wechat, owner, client_of):
    page = read(client_of(owner))
    (card,) = page.context["cards"]
    assert page.status_code == 200
    assert (card.form["name"].value(), card.form["phone"].value(), card.form["district"].value()) == ("李小雨", "13800010001", "余杭区")
    assert (card.form["paid"].value(), card.form["remark"].value()) == ("116", "不要发中通")
    assert (card.rows[0].choice, card.rows[0].quantity) == ("MY-MG-1", "2")
    assert "可售 1000" in page.text
    assert '<mark class="tone-green">13800010001</mark>' in page.text
    assert card.is_picked
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_a_confirmed_card_becomes_an_order_with_its_stock_locked(house, wechat, owner, client_of):
    client = client_of(owner)
    page = make(client, read(client))
    order = Order.objects.get()
    assert page.url == f"/orders/{order.no}/"
    assert (order.source, order.shop_id, order.payment, order.paid_fen) == ("paste", wechat.pk, "paid", 11600)
    assert (order.buyer_nick, order.buyer_message, order.receiver_name) == ("小雨", "不要发中通", "李*雨")
    assert plain(order).address == "文一西路969号3幢502"
    assert order.lines.get().price_fen == 5800
    assert Balance.objects.get(sku=house.mug).locked == 2


def test_nothing_pasted_is_kept_before_it_is_confirmed(house, wechat, owner, client_of):
    read(client_of(owner))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "13800010001" not in str(cursor.fetchall()), table
    assert not Order.objects.exists()


def test_what_is_not_in_stock_is_refused_with_what_is_left_and_stays(house, wechat, owner, client_of):
    Balance.objects.filter(sku=house.towel).update(on_hand=2)
    client = client_of(owner)
    page = make(client, read(client, TWO), pick=["0", "1"])
    assert page.status_code == 422
    assert [order.receiver_name for order in Order.objects.all()] == ["张*山"]
    (card,) = page.context["cards"]
    assert card.at == 1
    assert "还剩 2 件" in card.error
    assert "平江路2号" in page.text
    again = make(client, page, **{"o1-quantity": ["2", ""]})
    assert Order.objects.count() == 2
    assert again.status_code == 302


def test_only_ticked_cards_are_made_and_the_others_stay(house, wechat, owner, client_of):
    client = client_of(owner)
    page = make(client, read(client, TWO), pick=["1"])
    assert page.status_code == 200
    assert [order.receiver_name for order in Order.objects.all()] == ["李*思"]
    assert [card.at for card in page.context["cards"]] == [0]
    assert make(client, page, pick=["0"]).status_code == 302
    assert Order.objects.count() == 2


def test_a_form_sent_twice_makes_each_order_once(house, wechat, owner, client_of):
    client = client_of(owner)
    page = read(client)
    assert make(client, page).url == make(client, page).url
    assert Order.objects.count() == 1


def test_doubtful_fields_are_left_empty_with_what_they_might_be(house, wechat, owner, client_of):
    client = client_of(owner)
    page = read(client, "北京市朝阳区富康路姚家园3楼马小云13800010004\n马克杯和毛巾各一个")
    (card,) = page.context["cards"]
    assert card.form["name"].value() == ""
    assert "姓名和地址连在一起" in page.text
    assert '<option value="马小云">' in page.text
    assert not card.is_picked
    refused = make(client, page, pick=["0"])
    assert refused.status_code == 422
    assert "还有没填好的地方" in refused.text
    assert not Order.objects.exists()
    made = make(client, refused, **{"o0-name": "马小云", "o0-address": "富康路姚家园3楼"})
    assert made.status_code == 302
    assert plain(Order.objects.get()).name == "马小云"


def test_words_that_fit_several_goods_are_left_to_a_choice(house, wechat, owner, client_of):
    other = Sku.objects.create(
        code="MY-MG-2", loose_code="MYMG2", name="手作陶瓷马克杯", spec="奶白", created_at=clock.now(), updated_at=clock.now()
    )
    Balance.objects.create(sku=other, warehouse=house.warehouse, on_hand=7)
    client = client_of(owner)
    page = read(client, "马克杯2个\n李小雨 13800010005 浙江省杭州市余杭区文一西路5号")
    row = page.context["cards"][0].rows[0]
    assert (row.choice, {option.code for option in row.options}) == ("", {"MY-MG-1", "MY-MG-2"})
    assert "可售 7" in page.text
    assert make(client, page, pick=["0"]).status_code == 422
    assert make(client, page, pick=["0"], **{"o0-choice": ["MY-MG-2", ""]}).status_code == 302
    assert Order.objects.get().lines.get().sku == other


def test_a_code_typed_by_hand_goes_before_the_guess(house, wechat, owner, client_of):
    client = client_of(owner)
    page = read(client)
    make(client, page, **{"o0-code": ["MY-TW-1", ""]})
    assert Order.objects.get().lines.get().sku == house.towel


def test_the_same_phone_with_the_same_goods_of_today_is_pointed_out(house, wechat, owner, client_of):
    client = client_of(owner)
    make(client, read(client))
    order = Order.objects.get()
    page = read(client)
    (card,) = page.context["cards"]
    assert [each.no for each in card.alike] == [order.no]
    assert not card.is_picked
    assert order.short_no in page.text
    assert make(client, page, pick=["0"]).status_code == 302
    assert Order.objects.count() == 2
    Order.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert read(client).context["cards"][0].alike == []


def test_an_order_alike_that_came_meanwhile_is_shown_first(house, wechat, owner, client_of):
    client = client_of(owner)
    first, second = read(client), read(client)
    make(client, first)
    page = make(client, second)
    assert page.status_code == 422
    assert "刚才已有同样电话" in page.text
    assert Order.objects.count() == 1
    assert make(client, page).status_code == 302
    assert Order.objects.count() == 2


def test_the_same_order_twice_in_one_paste_is_pointed_out(house, wechat, owner, client_of):
    once = "李小雨 13800010006 浙江省杭州市余杭区文一西路6号\n手作陶瓷马克杯1个"
    page = read(client_of(owner), f"{once}\n\n{once}")
    assert [(card.twin, card.is_picked) for card in page.context["cards"]] == [(None, True), (1, False)]


def test_orders_of_shops_that_a_person_does_not_see_are_not_named(house, wechat, owner, client_of):
    make(client_of(owner), read(client_of(owner)))
    mine = Shop.objects.create(name="另一家", platform="manual", created_at=clock.now())
    page = read(client_of(people.make(Role.OPERATIONS, username="one-shop", shop_ids=[mine.pk])))
    assert page.context["cards"][0].alike == []
    assert [shop.name for shop in page.context["shops"]] == ["另一家"]


def test_a_shop_of_others_cannot_be_chosen(house, wechat, client_of):
    mine = Shop.objects.create(name="另一家", platform="manual", created_at=clock.now())
    client = client_of(people.make(Role.OPERATIONS, username="one-shop", shop_ids=[mine.pk]))
    page = make(client, read(client), shop=str(wechat.pk))
    assert page.status_code == 422
    assert "请选择店铺" in page.text
    assert not Order.objects.exists()


@pytest.mark.parametrize("text", ["", "   ", "在吗\n今天发货吗"])
def test_text_without_an_order_is_said_and_kept(house, wechat, owner, client_of, text):
    page = read(client_of(owner), text)
    assert page.status_code == 422
    assert text.strip() in page.text


def test_too_much_text_is_refused_in_words(house, wechat, owner, client_of):
    page = read(client_of(owner), "张" * 100_001)
    assert page.status_code == 422
    assert "请分几次粘贴" in page.text


def test_one_goes_back_to_the_text(house, wechat, owner, client_of):
    page = client_of(owner).post(PASTE, {"text": TEXT, "do": "edit"})
    assert page.status_code == 200
    assert "雾蓝马克杯两个" in page.text


def test_more_than_a_page_of_orders_comes_in_turns(house, wechat, owner, client_of):
    text = "\n".join(f"{n}、李小雨 1380002{n:04d} 浙江省杭州市余杭区文一西路{n}号 手作陶瓷马克杯1个" for n in range(1, 54))
    client = client_of(owner)
    page = read(client, text)
    assert (len(page.context["cards"]), page.context["more"]) == (50, 3)
    page = make(client, page)
    assert (Order.objects.count(), len(page.context["cards"]), page.context["more"]) == (50, 3, 0)
    assert make(client, page, pick=["50", "51", "52"]).status_code == 302
    assert Order.objects.count() == 53


def test_nothing_ticked_and_bad_amounts_are_said(house, wechat, owner, client_of):
    client = client_of(owner)
    page = read(client)
    assert "没有勾选订单" in make(client, page, pick=[]).text
    assert "不是金额" in make(client, page, **{"o0-paid": "好多"}).text
    assert "遮住的信息" in make(client, page, **{"o0-phone": "138****0001"}).text
    assert "没有编码或条码" in make(client, page, **{"o0-code": ["NOBODY", ""]}).text
    assert "件数写成" in make(client, page, **{"o0-quantity": ["0", ""]}).text
    assert not Order.objects.exists()


def test_without_a_shop_for_chats_one_is_sent_to_add_it(house, owner, service, client_of):
    assert "/settings/shops/new/" in client_of(owner).get(PASTE).text
    assert "/settings/shops/new/" not in client_of(service).get(PASTE).text


def test_the_page_is_found_from_the_list_and_from_manual_entry(house, wechat, owner, client_of):
    client = client_of(owner)
    for url in ("/orders/", "/orders/new/"):
        assert f'href="{PASTE}"' in client.get(url).text


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operator", 200), ("service", 200), ("picker", 403), ("viewer", 403)])
def test_who_may_paste(house, wechat, client_of, request, role, status):
    client = client_of(request.getfixturevalue(role))
    assert client.get(PASTE).status_code == read(client).status_code == status


def many(count, start):
    rows = [f"{n}、李小雨 1380003{start + n:04d} 浙江省杭州市余杭区文一西路{n}号 手作陶瓷马克杯1个" for n in range(1, count + 1)]
    return "\n".join(rows)


def test_reading_and_making_fifty_costs_as_many_statements_as_one(house, wechat, owner, client_of, same_queries):
    client = client_of(owner)
    read(client)
    same_queries(lambda: read(client, many(1, 0)), lambda: read(client, many(50, 1)))
    one, fifty = read(client, many(1, 100)), read(client, many(50, 200))
    make(client, read(client, many(1, 300)))
    same_queries(lambda: make(client, one), lambda: make(client, fifty))
