"""The documents' own samples and one real order, where they lie beside the project."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from danshu.channels.connecting import Call, Grant, ListingKey, Pointer, Shipment, ShippedLine, ShopAccess, StockUpdate, Stream
from danshu.channels.connector_errors import BadPayload
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
from danshu.channels.tests.pretending import Pretender
from danshu.connectors.douyin import CONNECTOR
from danshu.connectors.douyin.signing import event_sign, param_json, sign
from danshu.core import clock

SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples"
SKIT = SAMPLES / "skit_douyin"
EVENTS = sorted((SKIT / "events").glob("*.json")) if SKIT.is_dir() else []
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples do not lie beside the project")
SHOP = ShopAccess(7, "douyin", "店", credentials={"app_key": "k", "app_secret": "s", "access_token": "t"})
THEN = datetime(2021, 4, 2, 9, 23, 33, tzinfo=UTC)  # 1617355413
DOC_NO = "4781320682406083640"


def sample(path):
    return json.loads((SAMPLES / path).read_text(encoding="utf-8"), parse_float=Decimal)


def vector(name):
    return next(one for one in sample("sign_vectors.json") if one["name"] == name)


def test_the_signatures_of_the_documents():
    call, push = vector("douyin_hmac_sha256"), vector("douyin_push_event_sign")
    params = call["input"]["params"]
    body = param_json(json.loads(params["param_json"]))
    assert sign(params["app_key"], params["method"], body, params["timestamp"], call["input"]["app_secret"]) == call["signature"]
    told = push["input"]
    assert event_sign(told["app_key"], told["body"].encode(), told["app_secret"]) == push["signature"]


# --- orders ---


def test_the_real_order():
    (body,) = sample("douyin_order_searchList.json")["response"]["data"]["shop_order_list"]
    found = CONNECTOR.order(body)
    chair = IncomingLine(
        "6936476692437472563", "办公椅，测试商品，勿拍", 1, spec="颜色:白色", item_id="3660207428038974464", sku_id="3410716076201730",
        merchant_code="112233", picture=body["sku_order_list"][0]["product_pic"], price_fen=1, paid_fen=1, refund=Refund.REFUNDED,
    )  # fmt: skip
    assert found == IncomingOrder(
        "6936476692437472563", (chair,),
        Receiver(
            body["encrypt_post_receiver"], body["encrypt_post_tel"], "福建省", "厦门市", "思明区", body["post_addr"]["encrypt_detail"],
            cipher=True, merge_key=f"{body['doudian_open_id']} 福建省 厦门市 思明区 莲前街道",
        ),
        Payment.PAID, Progress.CLOSED, Refund.REFUNDED, "已关闭",
        placed_at=datetime(2024, 11, 18, 7, 55, 51, tzinfo=UTC), paid_at=datetime(2024, 11, 18, 7, 56, tzinfo=UTC),
        shipped_at=datetime(2024, 11, 18, 7, 56, 6, tzinfo=UTC), modified_at=datetime(2024, 11, 19, 3, 24, 5, tzinfo=UTC),
        ship_by=datetime(2024, 11, 19, 15, 59, 59, tzinfo=UTC), seller_memo="付款后发货失败", flag="grey", goods_fen=1, paid_fen=1,
        is_blocked=False,
        parcels=(IncomingParcel("顺丰同城", "6936476692437472563"),),
    )  # fmt: skip


OPEN_ID = "#zuLyd4U4J3p+czzXkwg+ZQ673h7KTcrKOddb5iPGAAE0K3MYJmgXEXof9LDtoScAfMKvdVRqpAL4CEI3SrLwYATIzTF9Qw=="

PLACE = ("北京市", "市辖区", "海淀区")


def documented(**line):
    clothes = IncomingLine(
        DOC_NO, quantity=2, spec="颜色:蓝", sku_id="3254535", price_fen=100, paid_fen=500, refund=Refund.REQUESTED, **line
    )
    return IncomingOrder(
        DOC_NO, (clothes,),
        Receiver("张三", "12345678911", *PLACE, "中关村街道丹棱街1号", merge_key=f"{OPEN_ID} 北京市 市辖区 海淀区 中关村街道"),
        Payment.PAID, Progress.SHIPPED, Refund.REQUESTED, "待支付", placed_at=THEN, paid_at=THEN, shipped_at=THEN, finished_at=THEN,
        modified_at=THEN, ship_by=THEN, buyer_message="要xxx", seller_memo="注意XX", flag="purple", goods_fen=200, freight_fen=10,
        discount_fen=1000, paid_fen=500, is_blocked=False, parcels=(IncomingParcel("顺丰", "3617355413"),),
    )  # fmt: skip


def test_the_list_of_the_document():
    (body,) = sample("skit_douyin/order_search_list_response.json")["response"]["data"]["shop_order_list"]
    line = {"title": "衣服", "item_id": "3473196049974326300", "merchant_code": "djfafj", "picture": "https:xxxxx"}
    assert CONNECTOR.order(body) == documented(**line)


def test_the_detail_of_the_document():
    body = sample("skit_douyin/order_detail_response.json")["response"]["data"]["shop_order_detail"]
    line = {"title": "XX鞋子", "item_id": "3473196049974326153", "merchant_code": "ahgldjj", "picture": "https:xxxx", "is_gift": True}
    assert CONNECTOR.order(body) == documented(**line)


# --- after-sales ---


def test_the_aftersale_of_the_document():
    (body,) = sample("skit_douyin/aftersale_list_response.json")["response"]["data"]["items"]
    assert CONNECTOR.refund(body) == IncomingRefund(
        "6986853269519810849", "4821780700279174718", RefundKind.RETURN, RefundState.RETURNED, ("4821780700279174718",), 20, 1,
        reason="无理由退款", status_text="待商家审核", asked_at=datetime(2021, 7, 20, 3, 59, 52, tzinfo=UTC),
        modified_at=datetime(2021, 7, 21, 9, 44, 26, tzinfo=UTC), answer_by=datetime(2021, 7, 22, 4, 0, 20, tzinfo=UTC),
        return_courier="顺丰速运", return_waybill_no="XY123123123",
    )  # fmt: skip


def test_a_detail_that_says_nothing_is_no_aftersale():
    with pytest.raises(BadPayload):
        CONNECTOR.refund(sample("skit_douyin/aftersale_detail_response.json")["response"]["data"])


# --- messages ---

NOTHING, WORD = set(), "xxxxxxx"
POINTED = {
    "product_change_event": NOTHING,
    "trade_amount_changed_event": {"12345"},
    "trade_appointment_event": {"4796662193920810353"},
    "trade_canceled_event": {"12345"},
    "trade_create_event": {"12345"},
    "trade_memo_modify_event": {"4805961163201956922"},
    "trade_paid_event": {WORD},
    "trade_pending_event": {WORD},
    "trade_success_event": {WORD},
    "trade_address_change_applied_event": {"4705288465508532862"},
    "trade_partly_seller_ship_event": {"4705288465508532862"},
}


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("as_text", [False, True], ids=["object", "text"])
def test_every_message_of_the_documents(path, as_text):
    event = sample(path)["event"]
    aftersale = event["data"].get("aftersale_id")
    if as_text:
        event = event | {"tag": str(event["tag"]), "data": json.dumps(event["data"])}
    body = json.dumps([event]).encode()
    found = CONNECTOR.receive(SHOP, Call("POST", {}, {"event-sign": event_sign("k", body, "s")}, body))
    if path.stem.startswith("refund_"):
        assert aftersale
        assert found.pointers == (Pointer(Stream.REFUNDS, aftersale), Pointer(Stream.ORDERS, "4705288465508532862"))
    else:
        assert found.pointers == tuple(Pointer(Stream.ORDERS, no) for no in POINTED[path.stem])


# --- calls ---


@pytest.fixture
def platform(monkeypatch):
    return Pretender(monkeypatch)


def told(platform):
    return json.loads(platform.calls[-1].content)


@pytest.mark.django_db
def test_the_token_of_the_document(platform):
    platform.says(sample("skit_douyin/token_create_response.json")["response"])
    began = clock.now()
    grant = CONNECTOR.exchange(SHOP, code="your_code", redirect="")
    asked = sample("skit_douyin/token_create_request.json")["request"]
    assert {name: told(platform)[name] for name in asked} == asked
    assert grant == Grant("ACCESS_TOKEN", "REFRESH_TOKEN", grant.expires_at, grant.refresh_expires_at, "12345", "SHOPNAME")
    assert 530_800 < (grant.expires_at - began).total_seconds() < 530_820


@pytest.mark.django_db
def test_the_stock_calls_of_the_document(platform):
    platform.says(sample("skit_douyin/sku_stock_number_response.json")["response"], {"err_no": 0, "message": "success"})
    assert CONNECTOR.read_stock(SHOP, [ListingKey("1", "12345")])[0].quantity == 12
    assert str(told(platform)["sku_id"]) == str(sample("skit_douyin/sku_stock_number_request.json")["request"]["sku_id"])
    CONNECTOR.push_stock(SHOP, [StockUpdate(ListingKey("123456", "123"), 300)])
    asked = sample("skit_douyin/sku_sync_stock_request.json")["request"]
    assert told(platform) == {name: asked[name] for name in ("product_id", "sku_id", "incremental", "stock_num")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "more", "names"),
    [
        ("order_logistics_add", {}, ("order_id", "company_code", "logistics_code", "is_refund_reject")),
        ("order_logistics_edit", {"is_change": True}, ("order_id", "company_code", "logistics_code")),
    ],
)
def test_the_parcel_calls_of_the_document(platform, name, more, names):
    asked = sample(f"skit_douyin/{name}_request.json")["request"]
    platform.says({"err_no": 0, "message": "success"})
    parcel = Shipment(asked["order_id"], "sf", "顺丰", asked["logistics_code"], codes={"douyin": asked["company_code"]}, **more)
    assert CONNECTOR.ship(SHOP, parcel).refusal is None
    assert told(platform) == {key: asked[key] for key in names}


@pytest.mark.django_db
def test_the_parcel_of_several_of_the_document(platform):
    asked = sample("skit_douyin/order_logistics_add_multiple_package_request.json")["request"]
    (pack,) = asked["pack_list"]
    platform.says(sample("skit_douyin/order_logistics_add_multiple_package_response.json")["response"])
    line = ShippedLine(pack["shipped_order_info"][0]["shipped_order_id"], ListingKey("1", "2"), 1)
    parcel = Shipment(asked["order_id"], "sf", "顺丰", pack["logistics_code"], {"douyin": pack["company_code"]}, (line,), is_last=False)
    assert CONNECTOR.ship(SHOP, parcel).refusal is None
    said = told(platform)
    assert (said["order_id"], said["is_refund_reject"], len(said["request_id"])) == (asked["order_id"], False, 36)
    assert said["pack_list"] == [
        {
            "shipped_order_info": [{"shipped_order_id": "123123", "shipped_num": 1}],
            "company_code": "shunfeng", "logistics_code": "sf1231231231234",
        }
    ]  # fmt: skip
