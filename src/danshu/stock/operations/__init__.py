"""The stories of the stock room: its only writers."""

from danshu.stock.operations.closing import consume, expire_due, release, unconsume
from danshu.stock.operations.counting import Count, count
from danshu.stock.operations.demands import Demand, Outcome, ShortError
from danshu.stock.operations.holding import hold
from danshu.stock.operations.inbound import Arrival, InboundDraft, announce, arrive, call_off
from danshu.stock.operations.moving import Transfer, move
from danshu.stock.operations.owners import mark_paid, move_owner, move_owners
from danshu.stock.operations.presales import PresaleDraft, set_presales
from danshu.stock.operations.receiving import Piece, adjust, give_back, open_stock, receive
from danshu.stock.operations.repair import repair
from danshu.stock.operations.reserve import reserve
from danshu.stock.operations.sheets import (
    Counted,
    SheetDraft,
    cancel_sheets,
    enter_counts,
    hand_in,
    open_sheets,
    post_sheets,
    reopen_sheets,
)
from danshu.stock.operations.shifting import Shift, shift
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses, set_buffers

__all__ = [
    "Arrival", "Count", "Counted", "Demand", "InboundDraft", "Outcome", "Piece", "PresaleDraft", "SheetDraft", "Shift", "ShortError",
    "Transfer", "WarehouseDraft", "adjust", "announce", "arrive", "call_off", "cancel_sheets", "consume", "count", "enter_counts",
    "expire_due", "give_back", "hand_in", "hold",
    "mark_paid", "move", "move_owner", "move_owners", "open_sheets", "open_stock", "post_sheets",
    "receive", "release", "reopen_sheets", "repair", "reserve", "save_warehouses", "set_buffers", "set_presales", "shift", "unconsume",
]  # fmt: skip
