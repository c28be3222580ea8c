"""The first day."""

import pytest

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.stock.models import Warehouse


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("picker", 403), ("viewer", 403)])
def test_who_sets_up(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/setup/").status_code == status


def test_it_begins_with_a_shop_and_goes_on_to_orders(owner, client_of):
    client = client_of(owner)
    Shop.objects.all().delete()
    assert "建第一家店" in client.get("/setup/").content.decode()
    Shop.objects.create(name="木屿", platform="pdd", created_at=clock.now())
    Warehouse.objects.get_or_create(name="杭州仓")
    page = client.get("/setup/").content.decode()
    assert "去导入" in page
    assert 'class="done"' in page


def test_any_step_can_be_looked_at(owner, client_of):
    assert "设置打印机" in client_of(owner).get("/setup/?step=printer").content.decode()


def test_a_step_of_the_owner_is_not_offered_to_others(operator, client_of):
    page = client_of(operator).get("/setup/?step=people").content.decode()
    assert "这一步要老板来做" in page
