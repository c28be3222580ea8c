"""The table of opening stock."""

import pytest

from danshu.core import runs
from danshu.core.models import Run
from danshu.stock import queries
from danshu.stock.opening import OPENING
from danshu.stock.tests.goods import CLERK, NOW, counters, sku, warehouse

pytestmark = pytest.mark.django_db


def test_opening_stock_comes_in_once(tmp_path):
    towel, mug = sku("TW"), sku("MG")
    gift = sku("GIFT", parts={towel: 1})
    warehouse("杭州仓")
    path = tmp_path / "stock.csv"
    path.write_text("编码,仓库,库存数量\nTW,,120\nMG,杭州仓,1 件\nNO,,3\nGIFT,,1\nMG,火星仓,1\nTW,,120\n", encoding="utf-8")
    for expected in (2, 0):
        plan = OPENING.plan(path)
        assert (len(plan.ready), len(plan.problems)) == (expected, 4)
        run = runs.start("import", "导入", total=6, by=CLERK, now=NOW)
        OPENING.take(path, run_id=run.pk, extra={}, by=CLERK, now=NOW)
        assert Run.objects.get(pk=run.pk).summary["bad"] == 4
    assert (counters(towel), counters(mug), counters(gift)) == ((120, 0), (1, 0), (0, 0))
    assert queries.check() == []
