"""The staff pages, one line per room."""

from django.urls import URLPattern, URLResolver, include, path

ROOMS = [
    "home",
    "people",
    "orders",
    "shipping",
    "stock",
    "products",
    "imports",
    "reports",
    "settings",
    "integrations",
    "audit",
    "jobs",
    "setup",
    "live",
    "health",
    "gallery",
]

urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"danshu.web.{room}.urls")) for room in ROOMS]
