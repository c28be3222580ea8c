"""Files into orders: what a file is (`preview`), the go-ahead (`confirm`), the work (`run_import`, a job), and taking it back.

A file is copied into our own folder first and read from there. The job saves 1,000 orders and the place it has come to in one
transaction, so that it can be killed at any moment and goes on where it was: nothing is lost, nothing doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels.files import recognise
from danshu.channels.files.recognise import Layout, column_keys
from danshu.channels.files.translate import Translation
from danshu.channels.models import ImportBatch, Shop
from danshu.channels.operations import batches, mappings
from danshu.channels.operations.batches import NewBatch
from danshu.channels.platforms import PLATFORMS
from danshu.core import clock, jobs, runs, tables
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.tables import Sheet
from danshu.flows import intake_beside, intake_files, intake_rows, intake_running, intake_sample
from danshu.flows.intake_reader import HeadStart
from danshu.fulfilment import operations as fulfilment
from danshu.orders import operations as orders

SAMPLE = 20
IMPORTABLE = frozenset({"orders", "refunds"})
KINDS = {"refunds": "orders", "unknown": "orders"}  # as `ImportBatch.kind` says it
SISTERS = {"taobao": "tmall", "tmall": "taobao"}
MOST_FAILURES = 3  # failed runs before the person is told that the program is wrong


def preview(
    path: Path, *, file_name: str = "", shop_id: int | None = None, shop_ids: Sequence[int] | None = None,
    head_start: HeadStart | None = None, by: Actor, now: datetime,
) -> ImportBatch:  # fmt: skip
    """Recognise a file and remember it as a batch that waits for confirmation; nothing is imported.

    `shop_ids` are the shops the person may see (None = all): only these are guessed. The file is copied; the caller may delete its own.
    Raises `DomainError` (codes `table.*`, `file.*`) when the file cannot be read.
    """
    name = file_name or path.name
    book = tables.read(path)
    layout = recognise.recognise(book, file_name=name)
    shop = _shop(layout, name, shop_id, shop_ids)
    if shop is not None:
        layout = _as_remembered(layout, shop.pk)
    sheet = layout.sheet_of(book)
    kept, digest = intake_files.keep(path, name)
    copy = intake_files.path_of(kept)
    rows = intake_rows.keeping(sheet, copy)
    if head_start is not None and shop is not None:
        rows = head_start.following(rows, copy, layout, shop)
    survey = Translation(layout).survey(rows)
    plain = {
        **intake_sample.masked(layout.as_json()),
        "scattered": survey.scattered,
        "sample": sample(sheet, layout),
        "again": _seen_before(digest),
        "size": path.stat().st_size,
    }
    batch = NewBatch(
        file_name=name, path=kept, sha256=digest, kind=KINDS.get(layout.kind, layout.kind), shop_id=shop.pk if shop else None,
        platform=layout.platform, encoding=book.encoding or book.kind, layout=plain, rows_count=survey.rows, order_count=survey.orders,
    )  # fmt: skip
    return batches.open_batches([batch], by=by, now=now)[0]


def layout_of(batch: ImportBatch) -> Layout:
    names = Layout.__dataclass_fields__
    return Layout.from_json({name: value for name, value in batch.layout.items() if name in names})


def sample(sheet: Sheet, layout: Layout) -> list[dict[str, Any]]:
    """The first orders of the file as a page shows them: masked."""
    rows = islice(sheet, layout.header_row + 1 + SAMPLE * 5)
    return [intake_sample.plain(outcome) for outcome in islice(Translation(layout).orders(rows, {}), SAMPLE)]


def remap(batch: ImportBatch, meanings: Mapping[str, str], *, platform: str = "") -> tuple[Layout, list[dict[str, Any]]]:
    """What the batch would be with some columns meaning something else, and its first orders then. Writes nothing."""
    layout = layout_of(batch).remapped(meanings, platform=platform)
    return layout, sample(intake_beside.sheet_of(intake_files.path_of(batch.path), layout), layout)


def confirm(
    batch: ImportBatch, *, shop_id: int, mapping: Mapping[str, str] | None = None, remember: bool = True, by: Actor, now: datetime
) -> ImportBatch:
    """Start the import of a previewed file into a shop, with the columns corrected by `mapping` (column key → meaning)."""
    shop = Shop.objects.get(pk=shop_id)
    layout = layout_of(batch)
    platform = shop.platform if layout.platform not in {"", shop.platform, SISTERS.get(shop.platform, "")} else ""
    if layout.format == "generic" and not layout.platform:
        platform = ""
    if mapping:
        layout = layout.remapped(mapping, platform=platform)
    _check(layout)
    with transaction.atomic():
        title = _("导入 %(name)s") % {"name": batch.file_name}
        run = runs.start("imports.orders", title, total=batch.order_count, by=by, now=now, arguments={"batch_id": batch.pk})
        changed = mapping and any(layout_of(batch).columns[i] != column for i, column in enumerate(layout.columns))
        if remember and changed:
            columns = dict(zip(column_keys(layout.columns), (c.meaning for c in layout.columns), strict=True))
            mappings.remember([shop.pk], fingerprint=layout.fingerprint, platform=layout.platform, columns=columns, now=now)
        plain = {**batch.layout, **intake_sample.masked(layout.as_json())}
        survey_is_stale = [c.index for c in layout.columns if c.meaning == "order_no"] != [
            c.index for c in layout_of(batch).columns if c.meaning == "order_no"
        ]
        if survey_is_stale:
            plain["scattered"] = None
        batch = batches.confirm(
            batch.pk, shop_id=shop.pk, platform=layout.platform or shop.platform, layout=plain, run_id=run.pk, by=by, now=now
        )
        run_import.using(dedupe=f"import:{batch.pk}").enqueue(batch_id=batch.pk)
    return batch


def import_file(
    path: Path, *, shop_id: int | None = None, file_name: str = "", mapping: Mapping[str, str] | None = None,
    head_start: HeadStart | None = None, by: Actor, now: datetime,
) -> ImportBatch:  # fmt: skip
    """Preview and confirm in one go, for callers that ask nobody. Raises when the shop or the columns cannot be told."""
    batch = preview(path, file_name=file_name, shop_id=shop_id, head_start=head_start, by=by, now=now)
    if batch.shop_id is None:
        withdraw(batch, by=by, now=now)
        raise DomainError(_("看不出这份文件属于哪家店铺。请指明店铺再导入。"), "file.no_shop")
    try:
        return confirm(batch, shop_id=batch.shop_id, mapping=mapping, by=by, now=now)
    except DomainError:
        withdraw(batch, by=by, now=now)
        raise


def import_at_once(path: Path, *, shop_id: int | None = None, by: Actor, now: datetime) -> ImportBatch:
    """Preview, confirm and do the work here, the orders being translated while the preview still reads. Raises as `import_file`. The batch
    may still be running when a worker was quicker."""
    with HeadStart(path) as head_start:
        batch = import_file(path, shop_id=shop_id, head_start=head_start, by=by, now=now)
        _run(batch.pk, head_start)
    batch.refresh_from_db()
    return batch


def withdraw(batch: ImportBatch, *, by: Actor, now: datetime) -> None:
    """Drop a preview and its copy of the file."""
    if batches.withdraw([batch.pk], by=by, now=now):
        intake_files.forget(batch.path)


@jobs.job(retries=jobs.MOST_CUTS, priority=5)
def run_import(batch_id: int) -> None:
    """Import a confirmed batch from where it stopped. May run twice; the second finds nothing to do."""
    _run(batch_id, None)


def _run(batch_id: int, head_start: HeadStart | None) -> None:
    batch = ImportBatch.objects.select_related("shop").get(pk=batch_id)
    if batch.state != ImportBatch.State.RUNNING:
        return
    by = Actor(batch.actor_id, batch.actor_name)
    error = ""
    try:
        if not intake_running.work(batch, layout_of(batch), head_start, by=by):
            return
    except (DomainError, OSError) as refused:
        error = refused.message if isinstance(refused, DomainError) else _("导入用的文件副本不见了。请重新拖入文件。")
    except Exception as failed:
        attempt = jobs.current()
        if attempt is not None and attempt.failed_before >= MOST_FAILURES:  # the person must not wait for ever
            _end(batch, by, _("程序出错，导入停下了。请到「系统」页查看失败的任务，或重新拖入文件。"))
            raise jobs.GiveUp(str(failed)) from failed
        raise
    _end(batch, by, error)


def _end(batch: ImportBatch, by: Actor, error: str) -> None:
    batch = batches.finish(batch.pk, by=by, now=clock.now(), error=error)
    if batch.run_id:
        summary = {"new": batch.new_count, "updated": batch.updated_count, "unchanged": batch.unchanged_count,
                   "refused": batch.reject_count}  # fmt: skip
        runs.finish(batch.run_id, summary=summary, failed=bool(error))
    intake_running.tidy(batch, layout_of(batch))


def undo(batch: ImportBatch, *, by: Actor, now: datetime) -> orders.UndoReport:
    """Take an import back: its new orders go, its updates are turned back; what was packed since stays. The orders room reports."""
    with transaction.atomic():
        batches.mark_undone(batch.pk, by=by, now=now)
        fulfilment.forget_platform_parcels(batch.pk, by=by, now=now)
        return orders.undo_batch(batch.pk, by=by, now=now)


def _check(layout: Layout) -> None:
    if layout.kind in {"waybills", "products", "stock"}:
        raise DomainError(
            _("这不像订单文件。运单号请到「打印与发货」导入，商品和库存请到「商品与对码」导入。"), "file.other_kind",
            details={"kind": layout.kind},
        )  # fmt: skip
    if layout.missing or layout.kind not in IMPORTABLE:
        names = "、".join(layout.missing) or _("订单号")
        raise DomainError(_("文件里没有找到%(names)s。请把对应的列选上再导入。") % {"names": names}, "file.columns")


def _shop(layout: Layout, file_name: str, shop_id: int | None, shop_ids: Sequence[int] | None) -> Shop | None:
    """The shop a file belongs to: as said, by its name in the file or in the file's name, by the header seen before, or the only one."""
    shops = Shop.objects.filter(is_active=True) if shop_ids is None else Shop.objects.filter(is_active=True, pk__in=shop_ids)
    by_id = {shop.pk: shop for shop in shops}
    if shop_id is not None:
        return by_id.get(shop_id)
    fitting = [s for s in by_id.values() if layout.platform in {"", s.platform, SISTERS.get(s.platform, "")}]
    named = [s for s in fitting if layout.shop_name and s.name == layout.shop_name]
    named = named or [s for s in fitting if s.name and s.name in file_name]
    known_ids = {mapping.shop_id for mapping in mappings.remembered(layout.fingerprint)}
    for candidates in (named, [s for s in fitting if s.pk in known_ids], fitting if layout.platform in PLATFORMS else []):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _as_remembered(layout: Layout, shop_id: int) -> Layout:
    """With what a person of this shop decided about such a header before."""
    for mapping in mappings.remembered(layout.fingerprint):
        if mapping.shop_id == shop_id:
            return layout.remapped(mapping.columns, platform=mapping.platform)
    return layout


def _seen_before(sha256: str) -> str:
    """When the very same file was imported before, in words of a date; empty if never."""
    done = ImportBatch.objects.filter(sha256=sha256, state=ImportBatch.State.DONE).order_by("-pk").values_list("finished_at", flat=True)
    moment = done.first()
    return clock.local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
