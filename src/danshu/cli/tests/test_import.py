"""`danshu import` on the terminal."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock
from danshu.orders.models import Order
from tests import exports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def told(*arguments):
    out = io.StringIO()
    try:
        call_command("import", *map(str, arguments), stdout=out)
        code = 0
    except CommandError as error:
        code = error.returncode
    return code, out.getvalue()


def test_each_file_is_told_as_json(tmp_path):
    Shop.objects.create(name="木由家居", platform="pdd", created_at=clock.now())
    grid = exports.table("pdd", exports.sales("pdd", 5))
    grid[3][grid[0].index("订单号")] = "2.61122E+20"
    good, broken = exports.write(tmp_path, "pdd", [], grid=grid), tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04")
    code, text = told("--json", good, broken)
    first, second = map(json.loads, text.splitlines())
    assert code == 1
    assert (first["platform"], first["encoding"], first["shop"]) == ("pdd", "utf-8", "木由家居")
    assert (first["new"], first["updated"], first["unchanged"]) == (4, 0, 0)
    assert [(each["rows"], each["code"]) for each in first["refused"]] == [([4], "id.scientific")]
    assert second["code"] == "table.broken"
    assert Order.objects.count() == 4
    code, text = told(good, "--shop", "木由家居")
    assert code == 0
    assert "0 new, 0 updated, 4 unchanged, 1 refused" in text


def test_nothing_is_begun_for_a_shop_that_cannot_be_told(tmp_path):
    for name in ("一店", "二店"):
        Shop.objects.create(name=name, platform="pdd", created_at=clock.now())
    code, text = told(exports.write(tmp_path, "pdd", exports.sales("pdd", 2)))
    assert code == 1
    assert "file.no_shop" in text
    assert (Order.objects.count(), ImportBatch.objects.count()) == (0, 0)
    with pytest.raises(CommandError, match="no shop named"):
        call_command("import", "--shop", "三店", "x.csv")
