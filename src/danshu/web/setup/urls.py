"""URLs of the first day."""

from django.urls import path

from danshu.web.setup import pages

urlpatterns = [
    path("setup/", pages.home, name="setup-home"),
]
