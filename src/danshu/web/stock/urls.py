"""Pages of the stock: /stock/… and the warehouses in the settings."""

from django.urls import URLPattern, URLResolver, path

from danshu.web.stock import acts, checking, giving, inbounds, pages, presales, sheets, shops, shops_oversell, tables, warehouses

urlpatterns: list[URLPattern | URLResolver] = [
    path("stock/", pages.list_, name="stock-list"),
    path("stock/import/", tables.import_, name="stock-import"),
    path("stock/import/template.xlsx", tables.template, name="stock-import-template"),
    path("stock/import/<str:token>/rejects/", tables.rejects, name="stock-import-rejects"),
    path("stock/<int:sku_id>/ledger.xlsx", tables.ledger, name="stock-ledger-export"),
    path("stock/<int:sku_id>/buffers/", checking.buffers, name="stock-buffers"),
    path("stock/<int:sku_id>/give/", giving.give, name="stock-give"),
    path("stock/<int:sku_id>/presale/", presales.save, name="stock-presale"),
    path("stock/check/", checking.page, name="stock-check"),
    path("stock/shops/", shops.list_, name="stock-shops"),
    path("stock/shops/push/", shops.push, name="stock-shops-push"),
    path("stock/shops/sku/<int:sku_id>/", shops.sku, name="stock-shops-sku"),
    path("stock/shops/oversell/", shops_oversell.list_, name="stock-oversell"),
    path("stock/shops/oversell/<int:order_id>/", shops_oversell.replay, name="stock-oversell-replay"),
    path("stock/shops/oversell/keep/", shops_oversell.keep, name="stock-oversell-keep"),
    path("stock/shops/<int:shop_id>/", shops.rule, name="stock-shop-rule"),
    path("stock/shops/<int:shop_id>/listing/<int:listing_id>/", shops.rule, name="stock-listing-rule"),
    path("stock/inbound/", inbounds.list_, name="stock-inbounds"),
    path("stock/inbound/new/", inbounds.new, name="stock-inbound-new"),
    path("stock/inbound/<int:pk>/", inbounds.detail, name="stock-inbound"),
    path("stock/sheets/", sheets.list_, name="stock-sheets"),
    path("stock/sheets/<int:pk>/", sheets.detail, name="stock-sheet"),
    path("stock/<slug:name>/", acts.act, name="stock-act"),
    path("settings/warehouses/", warehouses.list_, name="stock-warehouses"),
    path("settings/warehouses/new/", warehouses.edit, name="stock-warehouse-new"),
    path("settings/warehouses/<int:pk>/", warehouses.edit, name="stock-warehouse"),
]
