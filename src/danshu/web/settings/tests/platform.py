"""A platform with an adapter that does everything a page can show, and a shop of it."""

from __future__ import annotations

from typing import Any

from danshu.channels.connecting import CredentialField, Grant, ShopAccess, return_address
from danshu.channels.connector_errors import Refused
from danshu.channels.models import Shop
from danshu.channels.tests.fake_platform import Adapter, Platform, install
from danshu.core import clock

FORM = {"typed-app_key": "K1", "typed-app_secret": "shh-1", "reach_days": "3"}


class Consenting(Adapter):
    """With a page on which the seller says yes. `is_nice` False: the platform refuses every call."""

    fields = (
        CredentialField("app_key", "App Key", "In the console of the platform."),
        CredentialField("app_secret", "App Secret", is_secret=True),
        return_address("In the address book of the platform."),
    )
    is_nice = True

    def _enter(self, shop: ShopAccess, name: str) -> None:
        super()._enter(shop, name)
        if not self.is_nice:
            raise Refused("The platform says no.")

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        return f"https://platform.example/consent?key={shop.credentials['app_key']}&to={redirect}&state={state}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:
        self.platform.asked(f"exchange {code} {redirect}")
        if code != "good":
            raise Refused("That code is unknown.")
        return self.granted()


def put_in(monkeypatch: Any, **abilities: Any) -> Consenting:
    """The adapter of the platform `own`."""
    terms = {"can_authorize": True, "can_refresh": True, **abilities}
    adapter = Consenting(Platform(), **terms)
    install(monkeypatch, adapter)
    return adapter


def shop(name: str = "木屿官网", platform: str = "own") -> Shop:
    return Shop.objects.create(name=name, platform=platform, created_at=clock.now())
