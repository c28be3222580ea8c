"""A file in a shop's folder is imported by itself."""

import os
import time

import pytest

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.flows.watch import watch_folder
from danshu.orders.models import Order
from tests import exports

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WATCH_FOLDER = tmp_path / "inbox"
    (tmp_path / "inbox" / "木由家居").mkdir(parents=True)


def aged(path, seconds=60):
    os.utime(path, (time.time() - seconds, time.time() - seconds))
    return path


def test_a_complete_file_is_imported_and_moved_and_a_growing_one_waits(tmp_path):
    shop = Shop.objects.create(name="木由家居", platform="pdd", created_at=clock.now())
    folder = tmp_path / "inbox" / "木由家居"
    aged(exports.write(folder, "pdd", exports.sales("pdd", 4)))
    growing = exports.write(folder, "pdd", exports.sales("pdd", 3, start=50), name="growing")
    watch_folder()
    assert Order.objects.filter(shop=shop).count() == 4
    assert (folder / "done" / "pdd.csv").exists()
    assert growing.exists()
    watch_folder()
    assert Order.objects.count() == 4


def test_what_cannot_be_imported_lies_in_failed_with_its_reason(tmp_path):
    folder = tmp_path / "inbox" / "木由家居"
    aged(exports.write(folder, "pdd", exports.sales("pdd", 1)))
    Shop.objects.create(name="别的店", platform="pdd", created_at=clock.now())
    stranger = tmp_path / "inbox" / "坏.xlsx"
    stranger.write_bytes(b"PK\x03\x04")
    aged(stranger)
    watch_folder()
    assert "没有叫「木由家居」的店铺" in (folder / "failed" / "pdd.csv.原因.txt").read_text("utf-8")
    assert "已损坏" in (tmp_path / "inbox" / "failed" / "坏.xlsx.原因.txt").read_text("utf-8")
    assert Order.objects.count() == 0
