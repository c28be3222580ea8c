"""Clocks meet work: every recurring job, one line each: `schedule(name, job, every=timedelta(…))` or `at="HH:MM"` in the seller's zone."""

from datetime import timedelta

from danshu.accounts.jobs import forget_old_answers
from danshu.core.jobs import schedule
from danshu.flows import dispatch
from danshu.flows.intake_files import forget_old_files
from danshu.flows.intake_shops import ask_for_living, compare_recent, count_yesterday, read_streams, watch_access
from danshu.flows.receiving import ask_again_to_be_told
from danshu.flows.stock_sync import COMPARISON, compare_all, forget_pushes, keep_up, watch_streams
from danshu.flows.upkeep import forget_messages, forget_old_jobs, forget_payloads
from danshu.flows.watch import watch_folder
from danshu.flows.webhooks import keep_up as tell_webhooks
from danshu.fulfilment.jobs import sweep_papers
from danshu.notify.jobs import forget_old_deliveries
from danshu.orders.jobs import release_due_holds
from danshu.stock.jobs import expire_unpaid

schedule("forget-old-jobs", forget_old_jobs, at="03:40")
schedule("forget-api-answers", forget_old_answers, at="03:45")
schedule("expire-unpaid", expire_unpaid, every=timedelta(seconds=10))
schedule("release-due-holds", release_due_holds, every=timedelta(minutes=1))
schedule("read-streams", read_streams, every=timedelta(seconds=2))
schedule("watch-access", watch_access, every=timedelta(hours=1))
schedule("ask-for-living", ask_for_living, every=timedelta(minutes=30))
schedule("ask-to-be-told", ask_again_to_be_told, every=timedelta(hours=1))
schedule("compare-orders", compare_recent, every=timedelta(minutes=30))
schedule("count-orders", count_yesterday, every=timedelta(hours=1))
schedule("watch-folder", watch_folder, every=timedelta(seconds=20))
schedule("forget-import-files", forget_old_files, at="03:50")
schedule("forget-payloads", forget_payloads, at="03:55")
schedule("forget-messages", forget_messages, at="03:58")
schedule("sweep-papers", sweep_papers, at="04:00")
schedule("push-stock", keep_up, every=timedelta(seconds=1))
schedule(COMPARISON, compare_all, every=timedelta(minutes=15))
schedule("watch-order-streams", watch_streams, every=timedelta(minutes=1))
schedule("forget-stock-pushes", forget_pushes, at="04:10")
schedule("tell-platforms", dispatch.keep_up, every=timedelta(seconds=10))
schedule("tell-webhooks", tell_webhooks, every=timedelta(seconds=2))
schedule("forget-deliveries", forget_old_deliveries, at="04:20")
