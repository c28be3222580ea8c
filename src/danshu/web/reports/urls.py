"""URLs of the reports."""

from django.urls import path
from django.views.generic import RedirectView

from danshu.web.access import requires
from danshu.web.reports import pages

urlpatterns = [
    path("reports/", requires("reports.view")(RedirectView.as_view(pattern_name="reports-daily")), name="reports"),
    path("reports/daily/", pages.daily_report, name="reports-daily"),
    path("reports/daily/orders/", pages.orders_behind, name="reports-orders"),
    path("reports/daily/export/", pages.export, name="reports-export"),
]
