"""URLs of the book of deeds."""

from django.urls import path

from danshu.web.audit import pages

urlpatterns = [
    path("settings/audit/", pages.entries, name="audit-list"),
]
