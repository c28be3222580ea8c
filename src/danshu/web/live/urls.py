"""URLs of this room."""

from django.urls import URLPattern, path

from danshu.web.live import pages

urlpatterns: list[URLPattern] = [
    path("live/", pages.stream, name="live-stream"),
    path("live/poll/", pages.poll, name="live-poll"),
]
