"""URLs of importing files."""

from django.urls import path

from danshu.web.imports import pages

urlpatterns = [
    path("import/", pages.batches, name="imports-list"),
    path("import/<int:batch_id>/", pages.batch, name="imports-batch"),
    path("import/<int:batch_id>/start/", pages.start, name="imports-start"),
    path("import/<int:batch_id>/withdraw/", pages.withdraw, name="imports-withdraw"),
    path("import/<int:batch_id>/undo/", pages.undo, name="imports-undo"),
    path("import/<int:batch_id>/rejects/", pages.rejects, name="imports-rejects"),
]
