"""URLs of this room."""

from django.urls import URLPattern, path

from danshu.web.orders import (
    answering,
    board,
    bulk,
    detail,
    entry,
    exporting,
    listing,
    navigation,
    parcels,
    pasting,
    receiving,
    searching,
    views_own,
)

urlpatterns: list[URLPattern] = [
    path("board/", board.page, name="orders-board"),
    path("search/", searching.page, name="orders-search"),
    path("orders/", listing.page, name="orders-list"),
    path("orders/new/", entry.new, name="orders-new"),
    path("orders/paste/", pasting.page, name="orders-paste"),
    path("orders/skus/", entry.skus, name="orders-skus"),
    path("orders/counts/", navigation.page, name="orders-counts"),
    path("orders/export/", exporting.page, name="orders-export"),
    path("orders/views/", views_own.save, name="orders-save-view"),
    path("orders/views/<slug:slug>/drop/", views_own.drop, name="orders-drop-view"),
    *(path(f"orders/bulk/{code}/", page, name=f"orders-bulk-{code}") for code, page in bulk.PAGES),
    path("orders/<str:no>/", detail.page, name="orders-detail"),
    path("orders/<str:no>/move/", board.move, name="orders-move"),
    path("orders/<str:no>/reveal/", detail.reveal, name="orders-reveal"),
    path("orders/<str:no>/refunds/<int:refund_id>/", answering.answer, name="orders-refund"),
    path("orders/<str:no>/receiver/", receiving.edit, name="orders-receiver"),
    path("orders/<str:no>/receiver/open/", receiving.edit_open, name="orders-receiver-open"),
    path("orders/<str:no>/split/", entry.split, name="orders-split"),
    path("orders/<str:no>/parcels/add/", parcels.add, name="orders-parcel-add"),
    path("orders/<str:no>/parcels/<int:parcel_id>/void/", parcels.void, name="orders-parcel-void"),
]
