"""Stock, shipments and answers to requests: what is said to JD, and what each of its answers means for one SKU or one parcel."""

import dataclasses

import pytest

from danshu.channels.connecting import ListingKey, RefundAnswer, Refusal, Shipment, StockUpdate
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.jd import CONNECTOR
from danshu.connectors.jd.tests.conftest import load
from danshu.connectors.jd.tests.test_calls import GET, OK, failed, found

pytestmark = pytest.mark.django_db

SET, SHOWN, SEND = "jingdong.ware.stock.sku.set", "jingdong.ware.stock.sku.query", "jingdong.pop.order.shipment"
REPLY = "jingdong.pop.afs.soa.refundapply.replyRefund"


def updates(*said):
    return [StockUpdate(ListingKey("10", sku), number) for sku, number in said]


def pushed(shop, *said):
    return [result.refusal for result in CONNECTOR.push_stock(shop, updates(*said))]


def told(*rows):
    return found(SET, returnType={"success": True, "obj": {"updateStockResult": list(rows)}})


def test_all_go_in_one_call_and_each_has_its_result(jos, shop):
    jos.answers[SET] = told(
        {"data": "11", "success": True, "storeId": 0},
        {"data": 12, "success": False, "storeId": 0, "message": "sku不存在"},
        {"data": "13", "success": "false", "message": ""},
    )
    results = CONNECTOR.push_stock(shop, updates(("11", 5), ("12", 6), ("13", 7), ("14", 0)))
    assert [result.refusal for result in results] == [None, Refusal.UNKNOWN_ITEM, Refusal.REJECTED, None]
    assert (results[1].message, bool(results[2].message)) == ("sku不存在", True)
    request = jos.said("req")[0]
    assert request["updateModel"] == "fullStockIn"
    assert request["skuStocks"] == [
        {"skuId": 11, "stockNum": 5}, {"skuId": 12, "stockNum": 6}, {"skuId": 13, "stockNum": 7}, {"skuId": 14, "stockNum": 0},
    ]  # fmt: skip
    assert len(jos.asked) == 1


def test_only_failures_may_be_told(jos, shop):
    jos.answers[SET] = found(SET, returnType={"success": True})
    assert pushed(shop, ("11", 5)) == [None]


def test_numbers_and_names_that_cannot_be_said(jos, shop):
    jos.answers[SET] = told()
    assert pushed(shop, ("11", -1), ("", 2), ("x", 3), ("14", 4)) == [
        Refusal.REJECTED, Refusal.UNKNOWN_ITEM, Refusal.UNKNOWN_ITEM, None,
    ]  # fmt: skip
    assert jos.said("req")[0]["skuStocks"] == [{"skuId": 14, "stockNum": 4}]
    assert pushed(shop, ("", 2)) == [Refusal.UNKNOWN_ITEM]
    assert len(jos.asked) == 1


def test_one_bad_sku_harms_itself_only(jos, shop):
    no = found(SET, returnType={"success": False, "errorMessage": "库存不能修改"})
    jos.answers[SET] = lambda form: no if '"skuId":12' in form["360buy_param_json"] else told()
    results = CONNECTOR.push_stock(shop, updates(("11", 5), ("12", 6), ("13", 7)))
    assert [result.refusal for result in results] == [None, Refusal.REJECTED, None]
    assert "库存不能修改" in results[1].message


def test_a_call_that_fails_as_a_whole(jos, shop):
    for answer, error in [
        (failed("2"), RateLimited),
        (failed("19"), CredentialsExpired),
        (failed("67"), TemporaryFailure),
        (found(SET), BadAnswer),
        (found(SET, returnType={}), BadAnswer),
        (found(SET, returnType={"success": True, "obj": {"updateStockResult": "?"}}), BadAnswer),
    ]:
        jos.answers[SET] = answer
        with pytest.raises(error):
            pushed(shop, ("11", 5))


def shown(*stores):
    return found(SHOWN, returnType={"success": True, "obj": {"skuId": 11, "skuStockInfos": list(stores)}})


def test_what_is_shown(jos, shop):
    jos.answers[SHOWN] = shown({"skuId": 11, "storeId": 0, "stockNum": 9, "orderBookingNum": 2}, {"storeId": 5, "stockNum": 100})
    keys = [ListingKey("10", "11"), ListingKey("10"), ListingKey("10", "11")]
    assert [one.quantity for one in CONNECTOR.read_stock(shop, keys)] == [9, None, 9]
    assert (jos.said("skuId"), len(jos.asked)) == ((11,), 1)
    jos.answers[SHOWN] = shown({"storeId": 5, "stockNum": 3}, {"storeId": 6, "stockNum": "4"})
    assert CONNECTOR.read_stock(shop, keys[:1])[0].quantity == 7
    jos.answers[SHOWN] = found(SHOWN, returnType={"success": False, "errorMessage": "sku不存在"})
    assert CONNECTOR.read_stock(shop, keys[:1])[0].quantity is None


def test_stock_that_was_not_said(jos, shop):
    for answer, error in [
        (shown(), BadAnswer),
        (shown({"storeId": 0}), BadAnswer),
        (found(SHOWN), BadAnswer),
        (found(SHOWN, returnType={"success": True}), BadAnswer),
        (found(SHOWN, returnType={"success": False, "errorMessage": "没有权限"}), Refused),
    ]:
        jos.answers[SHOWN] = answer
        with pytest.raises(error):
            CONNECTOR.read_stock(shop, [ListingKey("10", "11")])


# --- shipping ---------------------------------------------------------------------------------------------------------------

PARCEL = Shipment("287900000009", "sf", "顺丰速运", "SF1400011122244", codes={"jd_id": "467"})


def sent(verdict, **more):
    return found(SEND, sopjosshipment_result={"success": verdict} | more)


def test_an_order_goes(jos, shop):
    jos.answers[SEND] = sent("true")
    assert CONNECTOR.ship(shop, PARCEL).refusal is None
    assert jos.said("orderId", "logiCoprId", "logiNo") == (287900000009, "467", "SF1400011122244")


def test_a_company_that_has_no_numbers_and_one_that_jd_does_not_know(jos, shop):
    jos.answers[SEND] = sent(True)
    assert CONNECTOR.ship(shop, dataclasses.replace(PARCEL, courier="self", codes={"jd_id": "1274"})).refusal is None
    assert jos.said("logiNo") == (None,)
    result = CONNECTOR.ship(shop, dataclasses.replace(PARCEL, courier="jt", courier_name="极兔速递", codes={}))
    assert (result.refusal, "极兔速递" in result.message, len(jos.asked)) == (Refusal.REJECTED, True, 1)
    assert CONNECTOR.ship(shop, dataclasses.replace(PARCEL, platform_no="AB1")).refusal is Refusal.UNKNOWN_ITEM


def test_told_twice_counts_as_taken(jos, shop):
    """It went with three numbers; ours is the second."""
    jos.answers[GET] = found(
        GET, orderDetailInfo={"apiResult": OK, "orderInfo": load("orders.json")["shipped in three parcels of two couriers"]}
    )
    for answer in (sent("false", errorCode="10400001", errorMsg="订单已出库"), failed("10400001", "订单已出库")):
        jos.answers[SEND] = answer
        assert CONNECTOR.ship(shop, PARCEL).refusal is None
        other = CONNECTOR.ship(shop, dataclasses.replace(PARCEL, waybill_no="SF999"))
        assert (other.refusal, "订单已出库" in other.message) == (Refusal.REJECTED, True)


def test_why_a_shipment_was_refused(jos, shop):
    for said, refusal in [("订单不存在", Refusal.UNKNOWN_ITEM), ("运单号不对", Refusal.REJECTED)]:
        jos.answers[SEND] = sent(False, errorMsg=said)
        assert CONNECTOR.ship(shop, PARCEL).refusal is refusal
    for answer, error in [(found(SEND), BadAnswer), (found(SEND, sopjosshipment_result={}), BadAnswer), (failed("1"), TemporaryFailure)]:
        jos.answers[SEND] = answer
        with pytest.raises(error):
            CONNECTOR.ship(shop, PARCEL)


# --- requests ---------------------------------------------------------------------------------------------------------------


def test_a_request_is_granted_or_refused(jos, shop):
    jos.answers[REPLY] = found(REPLY, replyResult={"success": "true"})
    CONNECTOR.answer_refund(shop, RefundAnswer("30001000001", "287900000008", agrees=True))
    assert jos.said("id", "status", "checkUserName", "remark", "rejectType") == (30001000001, 1, "米白家居", "同意", None)
    CONNECTOR.answer_refund(shop, RefundAnswer("30001000001", "287900000008", agrees=False, reason="已经发货"))
    assert jos.said("status", "remark", "rejectType") == (2, "已经发货", 5)


def test_answers_that_were_not_taken(jos, shop):
    for told_, error in [
        (found(REPLY, replyResult={"success": False, "errorMsg": "申请单不能审核为该结果"}), Refused),
        (found(REPLY), BadAnswer),
        (failed("67"), TemporaryFailure),
    ]:
        jos.answers[REPLY] = told_
        with pytest.raises(error):
            CONNECTOR.answer_refund(shop, RefundAnswer("30001000001", "287900000008", agrees=True))
