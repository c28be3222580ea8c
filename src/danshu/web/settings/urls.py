"""URLs of the settings."""

from django.urls import path

from danshu.web.settings import connecting, pages, running

urlpatterns = [
    path("settings/", pages.home, name="settings-home"),
    path("settings/shops/", pages.shop_list, name="settings-shops"),
    path("settings/shops/new/", pages.shop_new, name="settings-shop-new"),
    path("settings/shops/authorised/", connecting.authorised, name="settings-shops-authorised"),
    path("settings/shops/<int:shop_id>/", pages.shop, name="settings-shop"),
    path("settings/shops/<int:shop_id>/active/", pages.shop_active, name="settings-shop-active"),
    path("settings/shops/<int:shop_id>/connect/", connecting.connect, name="settings-shop-connect"),
    path("settings/shops/<int:shop_id>/connect/test/", connecting.test, name="settings-shop-test"),
    path("settings/shops/<int:shop_id>/connect/authorise/", connecting.authorise, name="settings-shop-authorise"),
    path("settings/shops/<int:shop_id>/connect/address/", connecting.renew_address, name="settings-shop-address"),
    path("settings/shops/<int:shop_id>/connect/secret/", connecting.renew_secret, name="settings-shop-secret"),
    path("settings/shops/<int:shop_id>/connect/end/", connecting.disconnect, name="settings-shop-disconnect"),
    path("settings/shops/<int:shop_id>/health/", running.health, name="settings-shop-health"),
    path("settings/shops/<int:shop_id>/health/stream/", running.stream, name="settings-shop-stream"),
    path("settings/shops/<int:shop_id>/health/span/", running.span, name="settings-shop-span"),
    path("settings/shops/<int:shop_id>/health/numbers/", running.numbers, name="settings-shop-numbers"),
    path("settings/shops/<int:shop_id>/health/day/", running.day, name="settings-shop-day"),
    path("settings/shops/<int:shop_id>/health/retry/", running.retry, name="settings-shop-retry"),
]
