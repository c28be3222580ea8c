"""URLs of this room."""

from django.urls import URLPattern, path

from danshu.web.shipping import batches, files, handover, scanning, settings, station, waybills

urlpatterns: list[URLPattern] = [
    path("print/", station.station, name="shipping-print"),
    path("print/start/", station.start, name="shipping-start"),
    path("print/reprint/", batches.reprint, name="shipping-reprint"),
    path("print/batches/<int:batch_id>/", batches.batch, name="shipping-batch"),
    path("print/batches/<int:batch_id>/papers.pdf", batches.papers, name="shipping-papers"),
    path("print/batches/<int:batch_id>/continue/", batches.go_on, name="shipping-continue"),
    path("print/waybills/", waybills.numbers, name="shipping-waybills"),
    path("print/waybills/save/", waybills.save, name="shipping-waybills-save"),
    path("print/waybills/take/", waybills.take, name="shipping-waybills-take"),
    path("print/waybills/import/", waybills.bring, name="shipping-waybills-import"),
    path("print/waybills/rejects/<slug:token>/", waybills.rejects, name="shipping-waybills-rejects"),
    path("print/handover/", handover.handover, name="shipping-handover"),
    path("print/handover/<slug:courier>.pdf", handover.handover_list, name="shipping-handover-list"),
    path("print/ship/", handover.ship, name="shipping-ship"),
    path("print/unship/", handover.unship, name="shipping-unship"),
    path("print/files/", files.files, name="shipping-files"),
    path("print/files/<int:shop_id>/template/", files.template, name="shipping-template"),
    path("print/files/<int:shop_id>/make/", files.make, name="shipping-files-make"),
    path("print/files/<int:shop_id>/tell/", files.tell, name="shipping-tell"),
    path("print/files/<int:shop_id>/again/", files.again, name="shipping-tell-again"),
    path("print/files/<int:file_id>/download/", files.download, name="shipping-file"),
    path("scan/", scanning.scan, name="shipping-scan"),
    path("scan/parcel/<int:parcel_id>/", scanning.parcel, name="shipping-scan-parcel"),
    path("scan/parcel/<int:parcel_id>/force/", scanning.force, name="shipping-force"),
    path("scan/parcel/<int:parcel_id>/restart/", scanning.restart, name="shipping-recheck"),
    path("scan/<str:code>/", scanning.by_code, name="shipping-scan-code"),
    path("settings/couriers/", settings.couriers, name="shipping-couriers"),
    path("settings/couriers/ranges/", settings.ranges, name="shipping-ranges"),
    path("settings/printers/", settings.printers, name="shipping-printers"),
    path("settings/printers/<int:printer_id>/", settings.printers, name="shipping-printer"),
    path("settings/printers/<int:printer_id>/remove/", settings.printer_remove, name="shipping-printer-remove"),
    path("settings/printers/<int:printer_id>/test.pdf", settings.test_page, name="shipping-printer-test"),
]
