"""Products and the mapping queue in the browser's eyes."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from danshu.accounts.models import User
from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing, Sku
from danshu.catalogue.operations import SkuDraft, Want
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment
from danshu.channels.models import Shop
from danshu.core import jobs
from danshu.core.actor import Actor
from danshu.core.models import Run
from danshu.orders import operations as orders

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小方")


def client_of(role, **more):
    client = Client()
    user = User.objects.create(username=role, name=role, role=role, created_at=NOW, **more)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def owner():
    return client_of("owner")


@pytest.fixture
def shop():
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)


def save(*drafts):
    return catalogue.save_skus(drafts, by=BY, now=NOW)


def ask(shop, *wants):
    return [answer.listing_id for answer in catalogue.resolve(shop.pk, wants, now=NOW)]


def form(**more):
    return {"code": "MY-TW-1", "name": "竹纤维毛巾", "is_active": "on", **more}


def test_a_sku_is_made_changed_and_found(owner):
    assert owner.post("/products/new/", form(cost="12.50", tags="热销，新品")).status_code == 302
    sku = Sku.objects.get()
    assert (sku.cost_fen, sku.tags) == (1250, ["热销", "新品"])
    owner.post(f"/products/{sku.pk}/", form(name="浴巾", cost="13", tags="热销"))
    page = owner.get("/products/", {"q": "mytw"}).content.decode()
    assert "浴巾" in page
    assert "13.00" in page
    assert "浴巾" in owner.get("/products/?tag=热销").content.decode()
    assert "浴巾" not in owner.get("/products/?tag=新品").content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [({"code": ""}, ""), ({"cost": "abc"}, "这不是金额"), ({"parts": "NO 2"}, "没有找到子件"), ({"code": "TAKEN"}, "已经有商品在用")],
)
def test_a_refused_form_says_why(owner, more, said):
    save(SkuDraft("TAKEN", "杯"))
    answer = owner.post("/products/new/", form(**more))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Sku.objects.count() == 1


def test_a_bundle_is_written_line_by_line(owner):
    towel, mug = save(SkuDraft("T-1", "毛巾"), SkuDraft("M 1", "杯"))
    owner.post("/products/new/", form(code="GIFT", parts="T-1 2\nM 1 × 1"))
    gift = Sku.objects.get(code="GIFT")
    assert dict(gift.parts.values_list("part", "quantity")) == {towel: 2, mug: 1}
    assert "T-1 2" in owner.get(f"/products/{gift.pk}/").content.decode()


def test_pictures_are_drawn_anew_and_served(owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    raw = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (1200, 800), "teal").save(raw, "JPEG", exif=exif)
    owner.post("/products/new/", form(picture=SimpleUploadedFile("a.jpg", raw.getvalue())))
    path = Sku.objects.get().picture
    answer = owner.get(f"/products/pictures/{path}")
    drawn = b"".join(answer.streaming_content)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (640, 427))
    assert b"secret" not in drawn
    assert owner.get("/products/pictures/../secret.key").status_code == 404
    bad = owner.post("/products/new/", form(code="B", picture=SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")))
    assert "不是能读的图片" in bad.content.decode()


def test_costs_are_hidden_from_who_may_not_see_them():
    (pk,) = save(SkuDraft("MY-TW-1", "毛巾", cost_fen=1250))
    picker = client_of("warehouse")
    assert "12.50" not in picker.get("/products/").content.decode()
    assert "12.50" not in picker.get(f"/products/{pk}/").content.decode()
    assert picker.post(f"/products/{pk}/", form()).status_code == 403
    assert picker.post("/products/mapping/act/", {}).status_code == 403


def test_skus_go_off_sale_and_back(owner):
    ids = save(SkuDraft("A", "毛巾"), SkuDraft("B", "杯"))
    owner.post("/products/switch/", {"sku": ids, "to": "off"})
    assert Sku.objects.filter(is_active=True).count() == 0
    assert "毛巾" in owner.get("/products/?v=off").content.decode()


def test_a_table_is_previewed_and_then_taken_in(owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload = SimpleUploadedFile("商品.csv", "货号,商品名称\nA-1,毛巾\n,坏行\n".encode("gb18030"))
    preview = owner.post("/products/import/", {"file": upload, "kind": "skus"}, follow=True)
    assert "没有商家编码" in preview.content.decode()
    owner.post("/products/import/", {"token": preview.context["token"], "kind": "skus"})
    jobs.drain()
    run = Run.objects.get()
    assert (run.state, run.summary) == ("done", {"new": 1, "changed": 0, "unchanged": 0, "bad": 1})
    assert Sku.objects.get().code == "A-1"
    assert b"".join(owner.get(run.result_url).streaming_content)[:2] == b"PK"


@pytest.mark.parametrize("path", ["/products/export.xlsx", "/products/import/skus/template.xlsx", "/products/import/bundles/template.xlsx"])
def test_tables_go_out(owner, path):
    save(SkuDraft("A", "毛巾"))
    assert b"".join(owner.get(path).streaming_content)[:2] == b"PK"


def test_the_queue_suggests_and_one_click_maps(owner, shop):
    (towel,) = save(SkuDraft("MY-TW-1137", "竹纤维毛巾三条装", spec="米白"))
    (listing,) = ask(shop, Want(merchant_code="TW1137X", title="竹纤维 毛巾 三条装 柔软", spec="米白"))
    page = owner.get("/products/mapping/").content.decode()
    assert f'value="{listing}:{towel}"' in page
    owner.post("/products/mapping/act/", {"pick": f"{listing}:{towel}"})
    assert Listing.objects.get().sku_id == towel
    assert "竹纤维 毛巾" in owner.get("/products/mapping/?v=mapped").content.decode()


def test_the_queue_says_how_many_orders_wait_for_it(owner, shop):
    line = IncomingLine(oid="1", title="新品", quantity=1)
    sold = [IncomingOrder(platform_no=f"P-{n}", lines=(line,), payment=Payment.PAID, placed_at=NOW, paid_at=NOW) for n in range(2)]
    orders.ingest(shop.pk, sold, source="file", by=BY, now=NOW)
    assert "2 单在等对码" in owner.get("/products/mapping/").content.decode()


def test_many_are_mapped_ignored_or_made_at_once(owner, shop):
    (towel,) = save(SkuDraft("T-1", "毛巾"))
    one, two, three, four = ask(shop, Want(title="甲"), Want(title="乙"), Want(title="运费"), Want(title="新品", merchant_code="N-1"))
    act = lambda name, *ids, **more: owner.post("/products/mapping/act/", {"act": name, "listing": ids, **more})  # noqa: E731 - a short name for this test alone
    act("map", one, two, code="t1 · 毛巾", quantity="2")
    act("ignore", three)
    act("make", four)
    assert list(Listing.objects.order_by("pk").values_list("sku__code", "quantity", "is_ignored")) == [
        ("T-1", 2, False), ("T-1", 2, False), (None, 1, True), ("N-1", 1, False),
    ]  # fmt: skip
    act("unmap", one)
    assert Listing.objects.get(pk=one).sku is None
    answer = owner.post("/products/mapping/act/", {"act": "map", "listing": [one], "code": "NO"}, follow=True)
    assert "没有找到编码「NO」的商品" in answer.content.decode()
    assert towel


def test_people_map_only_for_their_shops(shop):
    other = Shop.objects.create(name="分店", platform="pdd", created_at=NOW)
    mine, theirs = ask(shop, Want(title="甲"))[0], ask(other, Want(title="乙"))[0]
    client = client_of("operations", shop_ids=[shop.pk])
    page = client.get("/products/mapping/").content.decode()
    assert "甲" in page
    assert "乙" not in page
    client.post("/products/mapping/act/", {"act": "ignore", "listing": [mine, theirs]})
    assert dict(Listing.objects.values_list("pk", "is_ignored")) == {mine: True, theirs: False}


@pytest.mark.parametrize("path", ["/products/", "/products/mapping/"])
def test_a_full_page_costs_as_many_statements_as_one_row(owner, shop, path):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            owner.get(path)
        return len(seen)

    save(SkuDraft("A-1", "毛巾"), SkuDraft("G-1", "礼盒"))
    ask(shop, Want(title="毛巾 新款"))
    statements()
    one = statements()
    save(*[SkuDraft(f"A{i}", "毛巾", tags=("x",)) for i in range(49)])
    ask(shop, *[Want(title=f"毛巾 {i}") for i in range(49)])
    assert statements() == one
