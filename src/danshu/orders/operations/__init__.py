"""The stories of the orders room."""

from danshu.orders.operations.answers import drop_answer, hold_answer, note_answer
from danshu.orders.operations.cancel import cancel, reopen
from danshu.orders.operations.create_each import create_each
from danshu.orders.operations.create_manual import Draft, DraftLine, create_manual
from danshu.orders.operations.doubts import mark_seen, set_doubtful
from danshu.orders.operations.edit_receiver import edit_receiver
from danshu.orders.operations.hold import hold, release_due, unhold
from danshu.orders.operations.ingest import REFUSALS, IngestReport, Reject, ingest
from danshu.orders.operations.marks import set_courier, set_flag, set_memo, set_tags, set_urgent
from danshu.orders.operations.merge import clear_late, merge, unmerge
from danshu.orders.operations.move import column_of, move
from danshu.orders.operations.pay import pay
from danshu.orders.operations.progress import mark_checked, mark_left, mark_printed, mark_shipped, unprint, unship
from danshu.orders.operations.refunds import RefundReject, RefundReport, ingest_refunds
from danshu.orders.operations.remap import fill_short, note_lost, remap
from danshu.orders.operations.split import split
from danshu.orders.operations.undo_batch import UndoReport, undo_batch

__all__ = [
    "REFUSALS",
    "Draft",
    "DraftLine",
    "IngestReport",
    "RefundReject",
    "RefundReport",
    "Reject",
    "UndoReport",
    "cancel",
    "clear_late",
    "column_of",
    "create_each",
    "create_manual",
    "drop_answer",
    "edit_receiver",
    "fill_short",
    "hold",
    "hold_answer",
    "ingest",
    "ingest_refunds",
    "mark_checked",
    "mark_left",
    "mark_printed",
    "mark_seen",
    "mark_shipped",
    "merge",
    "move",
    "note_answer",
    "note_lost",
    "pay",
    "release_due",
    "remap",
    "reopen",
    "set_courier",
    "set_doubtful",
    "set_flag",
    "set_memo",
    "set_tags",
    "set_urgent",
    "split",
    "undo_batch",
    "unhold",
    "unmerge",
    "unprint",
    "unship",
]
