"""From an empty form to a granted shop and back, with a real adapter over HTTP: the simulator plays the platform and the seller."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from danshu.channels import connections
from danshu.channels.models import Shop, ShopConnection, StreamCursor
from danshu.core import clock
from danshu_simulator import ordering
from danshu_simulator.simulator import Simulator

State = ShopConnection.State


@pytest.mark.django_db(transaction=True)  # the network is never called inside a transaction
def test_connect_test_authorise_disconnect(owner, client_of, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    with Simulator(seed=7) as simulator:
        there = ordering.open_shop(simulator.world, "xiaohongshu")
        gateway = {"gateway": simulator.gateway("xiaohongshu")}
        one = Shop.objects.create(name="木屿家居", platform="xiaohongshu", settings=gateway, created_at=clock.now())
        client, at = client_of(owner), f"/settings/shops/{one.pk}/connect/"
        wrong = {"typed-app_id": there.app_key, "typed-app_secret": "wrong", "reach_days": "2"}
        assert "接着去平台授权" in client.post(at, wrong, follow=True).content.decode()
        early = client.post(f"{at}test/")
        assert early.status_code == 422
        assert "note tone-rose" in early.content.decode()
        client.post(at, wrong | {"typed-app_secret": there.app_secret})

        said_yes = httpx.get(client.get(f"{at}authorise/").url)  # the seller's browser on the platform's page
        assert said_yes.status_code == 302
        returned = urlsplit(said_yes.headers["location"])
        assert client.get(f"{returned.path}?{returned.query}").url == at
        row = ShopConnection.objects.get()
        assert (row.state, row.platform_shop_id) == (State.CONNECTED, there.number)
        assert row.expires_at
        assert StreamCursor.objects.count() == 2

        assert "连得上" in client.post(f"{at}test/", follow=True).content.decode()
        again = client.get(f"{returned.path}?code=spent&{returned.query.partition('&')[2]}")
        assert (again.status_code, ShopConnection.objects.get().state) == (422, State.CONNECTED)

        client.post(f"{at}end/")
        one.refresh_from_db()
        assert (connections.access(one).credentials, ShopConnection.objects.get().state) == ({}, State.NONE)
        assert client.post(f"{at}test/").status_code == 422
