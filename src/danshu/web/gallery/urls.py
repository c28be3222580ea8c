"""URLs of the gallery."""

from django.urls import path

from danshu.web.gallery import pages

urlpatterns = [
    path("dev/ui/", pages.gallery, name="gallery"),
]
