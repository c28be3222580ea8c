"""Every write of this room, one story a file."""

from danshu.fulfilment.operations.checking import ScanResult, Tick, force_check, progress, restart, scan
from danshu.fulfilment.operations.confirmations import expect, leave_to_files, retry
from danshu.fulfilment.operations.handover import handover
from danshu.fulfilment.operations.parcels import add_parcel, open_parcels
from danshu.fulfilment.operations.platform_parcels import forget_platform_parcels, note_platform_parcels
from danshu.fulfilment.operations.printing import CheckSheet, check_sheet, continue_batch, print_papers, reprint
from danshu.fulfilment.operations.ranges import add_range
from danshu.fulfilment.operations.settings import PrinterDraft, remove_printer, save_courier, save_printer
from danshu.fulfilment.operations.ship_files import make_ship_files, save_template
from danshu.fulfilment.operations.shipping import ShipReport, ship, ship_many, unship
from danshu.fulfilment.operations.voiding import void_cancelled, void_parcels
from danshu.fulfilment.operations.waybill_files import ImportReport, import_waybills
from danshu.fulfilment.operations.waybills import Answer, Number, set_waybills, take_numbers
from danshu.fulfilment.operations.withdrawing import withdraw_papers

__all__ = [
    "Answer", "CheckSheet", "ImportReport", "Number", "PrinterDraft", "ScanResult", "ShipReport", "Tick", "add_parcel", "add_range",
    "check_sheet", "continue_batch", "expect", "force_check", "forget_platform_parcels", "handover", "import_waybills", "leave_to_files",
    "make_ship_files", "note_platform_parcels", "open_parcels", "print_papers", "progress", "remove_printer", "reprint", "restart",
    "retry", "save_courier", "save_printer", "save_template", "scan", "set_waybills", "ship", "ship_many", "take_numbers", "unship",
    "void_cancelled", "void_parcels", "withdraw_papers",
]  # fmt: skip
