"""Every URL: the staff pages and the REST door. Each view names its permission or scope, or is on the public list; a test walks all."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("danshu.web.urls")),
    path("", include("danshu.api.urls")),
]

handler403 = "danshu.web.errors.denied"
handler404 = "danshu.web.errors.missing"
handler500 = "danshu.web.errors.broken"
