"""Pages of the products: list, form, tables, the mapping queue, pictures."""

from django.urls import URLPattern, URLResolver, path

from danshu.web.products import mapping, pages, tables

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/", pages.list_, name="products-list"),
    path("products/new/", pages.new, name="products-new"),
    path("products/<int:pk>/", pages.edit, name="products-edit"),
    path("products/switch/", pages.switch, name="products-switch"),
    path("products/import/", tables.import_, name="products-import"),
    path("products/import/<slug:kind>/template.xlsx", tables.template, name="products-import-template"),
    path("products/import/<str:token>/rejects/", tables.rejects, name="products-import-rejects"),
    path("products/export.xlsx", tables.export, name="products-export"),
    path("products/mapping/", mapping.queue, name="products-mapping"),
    path("products/mapping/act/", mapping.act, name="products-mapping-act"),
    path("products/pictures/<path:picture>", pages.picture, name="products-picture"),
]
