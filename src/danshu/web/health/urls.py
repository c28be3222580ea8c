"""URLs of this room."""

from django.urls import URLPattern, path

from danshu.web.health import pages

urlpatterns: list[URLPattern] = [
    path("healthz", pages.healthz, name="health"),
    path("metrics", pages.metrics, name="metrics"),
]
