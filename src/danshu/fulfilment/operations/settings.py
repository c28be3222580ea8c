"""Couriers in use, printers, and the switches of this room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers, registry
from danshu.fulfilment.models import CourierSetting, Printer
from danshu.fulfilment.papers.content import SIZES

FURTHEST = 200  # tenths of a millimetre


@dataclass(frozen=True, slots=True)
class PrinterDraft:
    name: str
    size: str
    offset_x: int = 0  # tenths of a millimetre
    offset_y: int = 0
    is_plain: bool = False
    shows_prices: bool = False
    is_default: bool = False


def save_courier(
    code: str, *, adapter: str, account: str = "", is_active: bool = True, position: int = 10, by: Actor, now: datetime
) -> CourierSetting:
    """Use a courier, or change how. Raises `DomainError`: "courier.unknown", "courier.adapter"."""
    if couriers.get(code) is None:
        raise DomainError(_("没有编码为「%(code)s」的快递。请从列表里选。") % {"code": code}, "courier.unknown")
    registry.load(adapter)
    with transaction.atomic():
        setting, _made = CourierSetting.objects.update_or_create(
            code=code,
            defaults={"adapter": adapter, "account": account.strip(), "is_active": is_active, "position": position},
        )
        changes = {"adapter": adapter, "is_active": is_active}
        record([Deed("courier.saved", "courier", None, couriers.name(code), changes)], by=by, now=now)
    return setting


def save_printer(draft: PrinterDraft, *, printer_id: int | None = None, by: Actor, now: datetime) -> Printer:
    """Add a printer or change one; the default one is one at most.

    Raises `DomainError`: "printer.name" (empty or taken), "printer.size", "printer.offset" (more than 20 mm).
    """
    name = draft.name.strip()
    if not name or Printer.objects.filter(name=name).exclude(pk=printer_id or 0).exists():
        raise DomainError(_("打印机名称不能为空，也不能和别的重复。"), "printer.name")
    if draft.size not in SIZES:
        raise DomainError(_("没有这种纸张：%(size)s。请从列表里选。") % {"size": draft.size}, "printer.size")
    if max(abs(draft.offset_x), abs(draft.offset_y)) > FURTHEST:
        raise DomainError(_("偏移最多 20 毫米。再大请检查打印机的纸张设置。"), "printer.offset")
    with transaction.atomic():
        if draft.is_default:
            Printer.objects.update(is_default=False)
        values = {
            "name": name, "size": draft.size, "offset_x": draft.offset_x, "offset_y": draft.offset_y,
            "is_plain": draft.is_plain, "shows_prices": draft.shows_prices, "is_default": draft.is_default,
        }  # fmt: skip
        printer = Printer(pk=printer_id, **values)
        printer.save()
        record([Deed("printer.saved", "printer", printer.pk, name, values)], by=by, now=now)
    return printer


def remove_printer(printer_id: int, *, by: Actor, now: datetime) -> None:
    """Take a printer off the list; batches that used it keep their papers."""
    with transaction.atomic():
        printer = Printer.objects.filter(pk=printer_id).first()
        if printer is not None:
            record([Deed("printer.removed", "printer", printer.pk, printer.name)], by=by, now=now)
            printer.delete()
