"""URLs of runs and of the system's health."""

from django.urls import path, register_converter

from danshu.web.jobs import pages


class Kind:
    """What can be tried again."""

    regex = "jobs|reactions"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Kind, "retry_kind")

urlpatterns = [
    path("jobs/", pages.runs, name="jobs-list"),
    path("jobs/<int:run_id>/", pages.run, name="jobs-run"),
    path("settings/system/", pages.system, name="jobs-system"),
    path("settings/system/<retry_kind:kind>/retry/", pages.retry, name="jobs-retry"),
    path("settings/system/<retry_kind:kind>/dismiss/", pages.dismiss, name="jobs-dismiss"),
]
