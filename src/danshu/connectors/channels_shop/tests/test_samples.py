"""The platform's own samples, where they lie beside the project: what its documents print must become what a person reads in them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from danshu.channels.connecting import Call, Found, Listed, ListingKey, Page, Pointer, Shipment, ShippedLine, ShownStock, Span, Stream
from danshu.channels.contract import (
    IncomingLine,
    IncomingOrder,
    IncomingParcel,
    IncomingRefund,
    Payment,
    Progress,
    Receiver,
    Refund,
    RefundKind,
    RefundState,
)
from danshu.connectors.channels_shop import CONNECTOR, signing
from danshu.connectors.channels_shop.tests.conftest import TOKEN

ROOT = Path(__file__).resolve().parents[5]
SAMPLES = next((p for p in (ROOT.parent / "shared/samples", ROOT.parent.parent / "shared/samples") if p.is_dir()), None)
pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the samples do not lie beside this project")
DAY = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def sample(name, part="response"):
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))[part]


def vector(name):
    return next(one for one in json.loads((SAMPLES / "sign_vectors.json").read_text(encoding="utf-8")) if one["name"] == name)


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


ORDER = IncomingOrder(
    platform_no="37423523451235145",
    lines=(
        IncomingLine(
            oid="23424",
            title="健身环",
            quantity=10,
            spec="产地:四川成都;材质:玻璃;适用人群:青年;中年;数量:33;精度:3.001;重量:38 mg;毛重:380 kg",
            item_id="234245",
            sku_id="23424",
            picture="https://mmecimage.cn/p/wx37f38d59298839c3/HJE9eJaEc5bJk-eaArVdILSB7MMaHgdK2-JIn51nMQ",
            price_fen=2000,
            paid_fen=10000,
            refund=Refund.REQUESTED,
        ),
    ),
    receiver=Receiver("陈先生", "24534252", "广东", "广州", "海珠区", "大塘"),
    payment=Payment.PAID,
    progress=Progress.WAITING,
    refund=Refund.REQUESTED,
    status_text="待发货",
    placed_at=at(1658505600),
    paid_at=at(1658509200),
    shipped_at=at(1620738080),
    modified_at=at(1658505600),
    buyer_message="发顺丰",
    seller_memo="库存不足，取消",
    goods_fen=20000,
    freight_fen=500,
    discount_fen=10000,
    paid_fen=10500,
    is_blocked=False,
    parcels=(IncomingParcel("STO", "134654612313"),),
)


@pytest.mark.parametrize("name", ["weixin_channels_order_get.json", "skit_weixin_channels/order_get_response.json"])
def test_the_order_of_the_document(shop, platform, name):
    platform.answer("/channels/ec/order/get", sample(name))
    [fetched] = CONNECTOR.fetch(shop, Stream.ORDERS, ["37423523451235145"])
    assert CONNECTOR.order(fetched.body) == ORDER
    assert platform.asked[0][2] == sample("skit_weixin_channels/order_get_request.json", "request")


@pytest.mark.parametrize("name", ["weixin_channels_order_list_get.json", "skit_weixin_channels/order_list_get_response.json"])
def test_the_list_of_the_document(shop, platform, name):
    platform.answer("/channels/ec/order/list/get", sample(name))
    assert CONNECTOR.list_page(shop, Stream.ORDERS, DAY, Page()) == Listed(
        (Found("3704612354559743232"), Found("3704849110714209536")), cursor="THE_NEXT_KEY_NEW", has_more=True
    )


def test_the_after_sales_of_the_document(shop, platform):
    platform.answer("/channels/ec/aftersale/getaftersalelist", sample("skit_weixin_channels/aftersale_get_aftersale_list_response.json"))
    listed = CONNECTOR.list_page(shop, Stream.REFUNDS, DAY, Page())
    assert (len(listed.rows), listed.rows[0], listed.cursor) == (8, Found("1934164653012121"), "THE_NEXT_KEY_NEW")
    platform.answer("/channels/ec/aftersale/getaftersaleorder", sample("skit_weixin_channels/aftersale_get_aftersale_order_response.json"))
    [fetched] = CONNECTOR.fetch(shop, Stream.REFUNDS, ["123456"])
    assert platform.asked[1][2] == sample("skit_weixin_channels/aftersale_get_aftersale_order_request.json", "request")
    assert CONNECTOR.refund(fetched.body) == IncomingRefund(
        refund_no="123456",
        platform_no="1768683047558651",
        kind=RefundKind.REFUND_ONLY,
        state=RefundState.DONE,
        oids=("4740",),
        amount_fen=11,
        quantity=1,
        reason="不想要了",
        status_text="退款完成",
        asked_at=at(1591319454),
        modified_at=at(1612754444),
    )


EVENTS = {
    "aftersale_update_event": (Pointer(Stream.REFUNDS, "1234567"), Pointer(Stream.ORDERS, "12345")),
    "order_cancel_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_confirm_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_deliver_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_extended_info_update_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_new_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_pay_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
    "order_settle_event": (Pointer(Stream.ORDERS, "3705115058471208928"),),
}


def test_every_event_of_the_documents(shop):
    found = {path.stem for path in (SAMPLES / "skit_weixin_channels/events").glob("*.json")}
    assert found == set(EVENTS)
    query = {"timestamp": "1", "nonce": "2", "signature": signing.signature(TOKEN, "1", "2")}
    for name, pointers in EVENTS.items():
        body = json.dumps(sample(f"skit_weixin_channels/events/{name}.json", "event")).encode()
        assert CONNECTOR.receive(shop, Call("POST", query, {}, body)).pointers == pointers


def test_shipping_is_asked_as_the_document_does(shop, platform):
    path = "/channels/ec/order/delivery/send"
    platform.answer(path, {"errcode": 0, "errmsg": "ok"})
    line = ShippedLine("678910", ListingKey("12345", "678910"), 1)
    CONNECTOR.ship(shop, Shipment("123456", "yunda", "韵达快递", "23424324253", {"wechat_shop": "YD"}, (line,)))
    asked = sample("skit_weixin_channels/order_delivery_send_request.json", "request")
    del asked["delivery_list"][0]["course_info"]  # of goods that are lessons
    assert platform.bodies(path) == [asked]


def test_another_number_is_asked_for_as_the_document_does(shop, platform):
    asked = sample("skit_weixin_channels/order_delivery_info_update_request.json", "request")
    parcel = {"waybill_id": "99", "delivery_id": "STO", "product_infos": asked["delivery_list"][0]["product_infos"]}
    body = {"order_id": "12345", "order_detail": {"delivery_info": {"delivery_product_info": [parcel]}}}
    platform.answer("/channels/ec/order/get", {"errcode": 0, "order": body})
    platform.answer("/channels/ec/order/deliveryinfo/update", {"errcode": 0})
    CONNECTOR.ship(shop, Shipment("12345", "ems", "EMS", "1234", {"wechat_shop": "EMS"}, is_change=True, old_waybill_no="99"))
    assert platform.bodies("/channels/ec/order/deliveryinfo/update") == [asked]


def test_stock_of_the_documents(shop, platform):
    platform.answer("/channels/ec/product/stock/batchget", sample("skit_weixin_channels/product_stock_batch_get_response.json"))
    key = ListingKey("10000017524246", "764787449")
    assert CONNECTOR.read_stock(shop, [key]) == [ShownStock(key, 990)]
    assert platform.asked[0][2] == sample("skit_weixin_channels/product_stock_batch_get_request.json", "request")
    platform.answer("/channels/ec/product/stock/batchget", {"errcode": 10020052})
    platform.answer("/channels/ec/product/stock/get", sample("skit_weixin_channels/product_stock_get_response.json"))
    key = ListingKey("10000000088178", "462966239")
    assert CONNECTOR.read_stock(shop, [key]) == [ShownStock(key, 998)]
    assert platform.asked[2][2] == sample("skit_weixin_channels/product_stock_get_request.json", "request")


def test_the_receiver_of_the_document(shop, platform):
    platform.answer("/channels/ec/order/sensitiveinfo/decode", sample("skit_weixin_channels/order_sensitive_info_decode_response.json"))
    body = sample("weixin_channels_order_get.json")["order"]
    assert CONNECTOR.decrypt(shop, [body]) == [Receiver("陈先生", "24534252", "广东", "广州", "海珠区", "大塘")]
    assert platform.asked[0][2] == sample("skit_weixin_channels/order_sensitive_info_decode_request.json", "request")


def test_published_signatures():
    check, message = vector("wechat_push_url_check"), vector("wechat_push_msg_signature")
    given = check["input"]
    assert signing.signature(given["token"], given["timestamp"], given["nonce"]) == check["signature"]
    given = message["input"]
    assert signing.signature(given["token"], given["timestamp"], given["nonce"], given["encrypted"]) == message["signature"]


def test_the_published_sealed_message():
    sealed = vector("wechat_push_encrypted_message")
    given = sealed["input"]
    signing.check(sealed["signature"], given["token"], given["timestamp"], given["nonce"], given["encrypted"])
    opened = signing.open_sealed(given["encrypted"], key=given["encoding_aes_key"], app_id=given["receive_id"]).decode()
    assert f"<Content><![CDATA[{given['decrypted_content']}]]></Content>" in opened
    assert f"<FromUserName><![CDATA[{given['decrypted_from_user']}]]></FromUserName>" in opened
