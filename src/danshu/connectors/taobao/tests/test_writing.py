"""Stock, shipments and answers to refunds: what is said to TOP, and what each of its answers means for one listing or one parcel."""

import dataclasses

import pytest

from danshu.channels.connecting import ListingKey, RefundAnswer, Refusal, Shipment, ShippedLine, StockUpdate
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.taobao import CONNECTOR
from danshu.connectors.taobao.tests.conftest import Script, load
from danshu.connectors.taobao.tests.test_calls import FULL, failed, found

pytestmark = pytest.mark.django_db

SKUS, ITEM, SHOWN = "taobao.skus.quantity.update", "taobao.item.quantity.update", "taobao.items.seller.list.get"
SEND, RESEND = "taobao.logistics.offline.send", "taobao.logistics.consign.resend"
AGREE, RETURN, REFUSE = "taobao.rp.refunds.agree", "taobao.rp.returngoods.agree", "taobao.refund.refuse"
ADDRESSES = "taobao.logistics.address.search"


def updates(*said):
    return [StockUpdate(ListingKey(item, sku), number) for item, sku, number in said]


def pushed(shop, *said):
    return [result.refusal for result in CONNECTOR.push_stock(shop, updates(*said))]


def test_the_skus_of_an_item_go_together(top, shop):
    top.answers |= {SKUS: found(SKUS, item={"num_iid": 1}), ITEM: found(ITEM, item={"num_iid": 2})}
    assert pushed(shop, ("1", "11", 5), ("2", "", 7), ("1", "12", 0), ("3", "31", 9)) == [None] * 4
    told = [(form["method"], form["num_iid"], form.get("skuid_quantities"), form.get("quantity"), form["type"]) for form in top.asked]
    assert told == [(SKUS, "1", "11:5;12:0", None, "1"), (ITEM, "2", None, "7", "1"), (SKUS, "3", "31:9", None, "1")]


def test_no_more_than_twenty_in_one_call(top, shop):
    top.answers[SKUS] = found(SKUS, item={})
    assert pushed(shop, *[("1", str(n), n) for n in range(1, 22)]) == [None] * 21
    assert [form["skuid_quantities"].count(":") for form in top.asked] == [20, 1]


def test_one_bad_sku_harms_itself_only(top, shop):
    def reply(form):
        return failed(15, "isv.sku-not-exist", "没有这个规格") if "12:" in form["skuid_quantities"] else found(SKUS, item={})

    top.answers[SKUS] = reply
    results = CONNECTOR.push_stock(shop, updates(("1", "11", 5), ("1", "12", 6), ("1", "13", 7)))
    assert [result.refusal for result in results] == [None, Refusal.UNKNOWN_ITEM, None]
    assert "没有这个规格" in results[1].message
    assert [result.key.sku_id for result in results] == ["11", "12", "13"]


def test_numbers_and_names_that_cannot_be_said(top, shop):
    top.answers[SKUS] = found(SKUS, item={})
    assert pushed(shop, ("1", "11", -1), ("x", "1", 2), ("1", "1;2:9", 3), ("1", "14", 4)) == [
        Refusal.REJECTED, Refusal.UNKNOWN_ITEM, Refusal.UNKNOWN_ITEM, None,
    ]  # fmt: skip
    assert len(top.asked) == 1


@pytest.mark.parametrize(
    ("sub", "refusal"),
    [("isv.item-not-exist", Refusal.UNKNOWN_ITEM), ("isv.item-update-service-error", Refusal.REJECTED), ("isv.x:B150", Refusal.TEMPORARY)],
)
def test_why_an_item_was_refused(top, shop, sub, refusal):
    top.answers[ITEM] = failed(15, sub)
    assert pushed(shop, ("1", "", 5)) == [refusal]


def test_a_call_that_fails_as_a_whole(top, shop):
    for answer, error in [(failed(7), RateLimited), (failed(27), CredentialsExpired), (found(SKUS), BadAnswer)]:
        top.answers[SKUS] = answer
        with pytest.raises(error):
            pushed(shop, ("1", "11", 5))


def test_what_was_said_before_a_ban_counts(top, shop):
    top.answers[SKUS] = Script([found(SKUS, item={}), failed(7), failed(27)])
    assert pushed(shop, ("1", "11", 5), ("2", "21", 5)) == [None, Refusal.TEMPORARY]
    top.answers[SKUS] = Script([found(SKUS, item={}), failed(27)])
    with pytest.raises(CredentialsExpired):
        pushed(shop, ("1", "11", 5), ("2", "21", 5))


def test_what_is_shown(top, shop):
    items = [
        {"num_iid": 1, "num": 12, "skus": {"sku": [{"sku_id": 11, "quantity": 5}, {"sku_id": 12, "quantity": 7}]}},
        {"num_iid": 2, "num": 3},
    ]
    top.answers[SHOWN] = found(SHOWN, items={"item": items})
    keys = [ListingKey("2"), ListingKey("1", "12"), ListingKey("1", "99"), ListingKey("4", "1"), ListingKey("?")]
    assert [one.quantity for one in CONNECTOR.read_stock(shop, keys)] == [3, 7, None, None, None]
    assert top.said("num_iids") == ("2,1,4",)
    top.answers[SHOWN] = found(SHOWN, items={})
    assert CONNECTOR.read_stock(shop, [ListingKey("9")])[0].quantity is None


@pytest.mark.parametrize(
    "what",
    [
        {"request_id": ""},
        {"items": []},
        {"items": {"item": {}}},
        {"items": {"item": [{"num_iid": 1}]}},
        {"items": {"item": [{"num_iid": 1, "num": "many"}]}},
    ],
)
def test_stock_that_was_not_said(top, shop, what):
    top.answers[SHOWN] = found(SHOWN, **what)
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(shop, [ListingKey("1")])


# --- shipping ---------------------------------------------------------------------------------------------------------------

WHOLE = Shipment("3350012345678901800", "zto", "中通快递", "78900001112224", codes={"cainiao": "ZTO"})
PART = dataclasses.replace(
    WHOLE,
    lines=(ShippedLine("3350012345678901801", ListingKey("1"), 1), ShippedLine("3350012345678901803", ListingKey("1"), 1)),
    is_last=False,
)


def test_a_whole_order_goes(top, shop):
    top.answers[SEND] = found(SEND, shipping={"is_success": True})
    assert CONNECTOR.ship(shop, WHOLE).refusal is None
    assert top.said("tid", "out_sid", "company_code", "is_split", "sub_tid") == ("3350012345678901800", "78900001112224", "ZTO", "0", None)


def test_a_part_of_an_order_goes(top, shop):
    top.answers[SEND] = found(SEND, shipping={"is_success": "true"})
    assert CONNECTOR.ship(shop, PART).refusal is None
    assert top.said("is_split", "sub_tid") == ("1", "3350012345678901801,3350012345678901803")


def test_another_number_for_what_went(top, shop):
    top.answers[RESEND] = found(RESEND, shipping={"is_success": True})
    change = dataclasses.replace(WHOLE, is_change=True, old_waybill_no="1")
    assert CONNECTOR.ship(shop, change).refusal is None
    assert top.said("method", "out_sid") == (RESEND, "78900001112224")


def test_a_courier_our_table_has_no_code_for_is_looked_up(top, shop):
    companies = "taobao.logistics.companies.get"
    rows = [{"id": 1, "code": "JTSD", "name": "极兔速递"}, {"id": 2, "code": "ZTO", "name": "中通快递"}]
    top.answers |= {SEND: found(SEND, shipping={"is_success": True})}
    top.answers[companies] = found(companies, logistics_companies={"logistics_company": rows})
    assert CONNECTOR.ship(shop, dataclasses.replace(WHOLE, courier="jt", courier_name="极兔速递", codes={})).refusal is None
    assert top.said("company_code") == ("JTSD",)
    result = CONNECTOR.ship(shop, dataclasses.replace(WHOLE, courier="jsd", courier_name="吉时达", codes={}))
    assert (result.refusal, "吉时达" in result.message) == (Refusal.REJECTED, True)


B04 = failed(15, "isv.logistics-offline-service-error:B04", "订单已经发货")


def test_told_twice_counts_as_taken(top, shop):
    """Two of three lines went with this number; the third with another courier's."""
    top.answers |= {SEND: B04, FULL: found(FULL, trade=load("trades.json")["shipped in two parcels"])}
    assert CONNECTOR.ship(shop, PART).refusal is None
    result = CONNECTOR.ship(shop, WHOLE)
    assert (result.refusal, "订单已经发货" in result.message) == (Refusal.REJECTED, True)
    assert CONNECTOR.ship(shop, dataclasses.replace(PART, waybill_no="OTHER")).refusal is Refusal.REJECTED


def test_an_order_that_closed_is_not_taken_for_shipped(top, shop):
    top.answers |= {SEND: B04, FULL: found(FULL, trade=load("trades.json")["closed after payment"])}
    assert CONNECTOR.ship(shop, WHOLE).refusal is Refusal.REJECTED


@pytest.mark.parametrize(
    ("sub", "refusal"), [("P38", Refusal.REJECTED), ("B150", Refusal.TEMPORARY), ("B01", Refusal.UNKNOWN_ITEM), ("B60", Refusal.REJECTED)]
)
def test_why_a_shipment_was_refused(top, shop, sub, refusal):
    top.answers[SEND] = failed(15, f"isv.logistics-offline-service-error:{sub}")
    assert CONNECTOR.ship(shop, WHOLE).refusal is refusal


def test_answers_to_a_shipment_that_say_nothing(top, shop):
    for answer, error in [(found(SEND), BadAnswer), (found(SEND, shipping={}), BadAnswer), (failed(15, "isp.x"), TemporaryFailure)]:
        top.answers[SEND] = answer
        with pytest.raises(error):
            CONNECTOR.ship(shop, WHOLE)
    top.answers[SEND] = found(SEND, shipping={"is_success": False})
    assert CONNECTOR.ship(shop, WHOLE).refusal is Refusal.REJECTED


# --- refunds ----------------------------------------------------------------------------------------------------------------


def answer(agrees, name, reason="", address=""):
    body = load("refunds.json")[name]
    return RefundAnswer(str(body["refund_id"]), str(body["tid"]), agrees, reason, address, body)


def test_money_is_given_back(top, shop):
    top.answers[AGREE] = found(AGREE, succ=True, msg_code="OP_SUCC", results={"refund_mapping_result": [{"refund_id": "1", "succ": True}]})
    CONNECTOR.answer_refund(shop, answer(True, "money before shipping"))
    assert top.said("refund_infos") == ("99000011112222|10000|1795244101000",)
    CONNECTOR.answer_refund(dataclasses.replace(shop, platform="tmall"), answer(True, "goods on their way back"))
    assert top.said("refund_infos") == ("99000011112222|10000|1795244101000|aftersale",)


def test_goods_may_come_back(top, shop):
    where = {"province": "浙江省", "city": "杭州市", "country": "余杭区", "addr": "梧桐路1号", "zip_code": "311100"}
    usual = {"contact_id": 777, "contact_name": "售后", "mobile_phone": "19900000000", "phone": "", **where, "cancel_def": True}
    top.answers[RETURN] = found(RETURN, is_success=True)
    top.answers[ADDRESSES] = found(ADDRESSES, addresses={"address_result": [usual, {**usual, "contact_id": 778}]})
    CONNECTOR.answer_refund(shop, answer(True, "return asked", "请寄回", "778"))
    assert top.said("refund_id", "seller_address_id", "remark") == ("99000011112223", "778", "请寄回")
    assert top.said("refund_version", "refund_phase") == ("1795244101000", "onsale")
    assert top.said("name", "address", "post", "mobile") == ("售后", "浙江省杭州市余杭区梧桐路1号", "311100", "19900000000")
    CONNECTOR.answer_refund(dataclasses.replace(shop, platform="tmall"), answer(True, "return asked"))
    assert top.said("seller_address_id", "remark", "address") == ("777", "请寄回", None)
    assert top.asked[-2]["rdef"] == "cancel_def"
    top.answers[ADDRESSES] = found(ADDRESSES)
    with pytest.raises(Refused, match="退货地址"):
        CONNECTOR.answer_refund(shop, answer(True, "return asked"))


def test_other_goods_are_not_answered_here(top, shop):
    wish = answer(True, "return asked")
    with pytest.raises(Refused, match="千牛"):
        CONNECTOR.answer_refund(shop, dataclasses.replace(wish, body={**wish.body, "dispute_type": "TMALL_EXCHANGE"}))
    assert top.asked == []


def test_a_refund_is_refused(top, shop):
    top.answers[REFUSE] = found(REFUSE, refund={"refund_id": 1, "status": "SELLER_REFUSE_BUYER"})
    CONNECTOR.answer_refund(shop, answer(False, "return asked", "已经发货"))
    assert top.said("refuse_message", "refund_id") == ("已经发货", "99000011112223")
    with pytest.raises(Refused, match="千牛"):  # Tmall wants a picture as proof
        CONNECTOR.answer_refund(dataclasses.replace(shop, platform="tmall"), answer(False, "return asked", "已经发货"))


def test_answers_that_were_not_taken(top, shop):
    no = {"refund_mapping_result": [{"refund_id": "1", "succ": False, "message": "需要短信验证码"}]}
    for told, error in [
        (found(AGREE, succ=False, msg_code="OP_FAILURE_UE", results=no), Refused),
        (found(AGREE, succ=True, results=no), Refused),
        (failed(15, "isv.refund-version-error"), Refused),
        (found(AGREE), BadAnswer),
        (failed(15, "isp.x"), TemporaryFailure),
    ]:
        top.answers[AGREE] = told
        with pytest.raises(error):
            CONNECTOR.answer_refund(shop, answer(True, "money before shipping"))
    top.answers[REFUSE] = found(REFUSE)
    with pytest.raises(BadAnswer):
        CONNECTOR.answer_refund(shop, answer(False, "return asked", "已经发货"))
