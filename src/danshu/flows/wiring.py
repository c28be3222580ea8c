"""Facts meet reactions: the one map of who answers what.

Each line is `on(Event, reaction)`; a reaction gets a batch of facts of one kind and is idempotent. `pages_only` marks facts that only
open pages listen to (through `/live/`, which sees every fact). Webhooks read the facts they tell of (`flows/webhooks.py`), so that a
house without them pays nothing.
"""

from danshu.accounts.events import PeopleChanged
from danshu.catalogue.events import ListingsMapped
from danshu.channels.events import (
    MissedOrdersFound,
    OfferRulesChanged,
    OffersPushed,
    OrderStreamsStale,
    PayloadsQuarantined,
    ShopAuthorisationsEnding,
    ShopAuthorisationsRefused,
    ShopsConnected,
    StreamsChanged,
)
from danshu.core.events import RunsChanged, on, pages_only
from danshu.flows import dispatch, order_parcels, order_stock, people_book, receiving, stock_sync
from danshu.fulfilment.events import PapersReady, ParcelsShipped
from danshu.notify.events import WebhooksStopped
from danshu.orders.events import (
    LateJoiners,
    OrdersCancelled,
    OrdersChanged,
    OrdersPaid,
    OrdersPlaced,
    OrdersShipped,
    OrdersShort,
    RefundsChanged,
    RefundsRequested,
)
from danshu.stock.events import ReservationsLost, StockArrived, StockChanged

# the house
on(RunsChanged, pages_only)

# people and programs
on(PeopleChanged, people_book.record)
on(WebhooksStopped, pages_only)

# channels
on(OfferRulesChanged, stock_sync.follow_rules)
on(OffersPushed, pages_only)
on(OrderStreamsStale, pages_only)
on(ShopsConnected, receiving.ask_to_be_told)
on(ShopAuthorisationsEnding, pages_only)
on(ShopAuthorisationsRefused, pages_only)
on(StreamsChanged, pages_only)
on(PayloadsQuarantined, pages_only)
on(MissedOrdersFound, pages_only)

# catalogue
on(ListingsMapped, order_stock.follow_mapping)
on(ListingsMapped, stock_sync.follow_mapping)

# orders
on(OrdersPlaced, pages_only)
on(OrdersPaid, pages_only)
on(OrdersShort, pages_only)
on(OrdersChanged, pages_only)
on(OrdersCancelled, order_parcels.void_cancelled)
on(OrdersShipped, pages_only)
on(RefundsRequested, pages_only)
on(RefundsChanged, pages_only)
on(LateJoiners, pages_only)

# stock
on(StockChanged, pages_only)  # the push engine reads these facts (`stock_sync_facts`): locking must not wait for a job to be written
on(StockArrived, order_stock.fill_short)
on(ReservationsLost, order_stock.note_lost)

# fulfilment
on(PapersReady, pages_only)
on(ParcelsShipped, dispatch.note_shipped)
