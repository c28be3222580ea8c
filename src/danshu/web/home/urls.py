"""URLs of the day."""

from django.urls import path

from danshu.web.home import pages

urlpatterns = [
    path("today/", pages.today, name="home-today"),
]
