"""How much of a SKU may be sold before it is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue.models import Sku
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.events import StockChanged
from danshu.stock.models import Presale
from danshu.stock.operations.receiving import MOST


@dataclass(frozen=True, slots=True)
class PresaleDraft:
    """`quota` pieces (or sets of a bundle) in all, promised for a day; closed ones promise nothing more."""

    sku_id: int
    quota: int
    promised_on: date
    is_open: bool = True


@transaction.atomic
def set_presales(drafts: Sequence[PresaleDraft], *, by: Actor, now: datetime) -> None:
    """Make or change the quotas of these SKUs. A quota below what is sold already: `DomainError("stock.quota_taken")`."""
    if any(not 0 <= draft.quota <= MOST for draft in drafts):
        raise DomainError(_("预售数量要在 0 到 10,000,000 之间。"), "stock.quantity")
    sku_ids = [draft.sku_id for draft in drafts]
    skus = Sku.objects.in_bulk(sku_ids)
    known = {found.sku_id: found for found in Presale.objects.select_for_update().filter(sku__in=sku_ids).order_by("pk")}
    for draft in drafts:
        if draft.sku_id in known and draft.quota < known[draft.sku_id].taken:
            raise DomainError(
                _("%(sku)s 已经预售了 %(taken)d 件，预售数量不能改成 %(quota)d。")
                % {"sku": skus[draft.sku_id], "taken": known[draft.sku_id].taken, "quota": draft.quota},
                "stock.quota_taken",
            )
    columns = ("sku_id", "quota", "promised_on", "is_open", "taken")
    bulk.insert(
        Presale, columns, [(d.sku_id, d.quota, d.promised_on, d.is_open, 0) for d in drafts],
        conflict=("sku_id",), update=("quota", "promised_on", "is_open"),
    )  # fmt: skip
    audit.record([_deed(draft, skus[draft.sku_id].code) for draft in drafts], by=by, now=now)
    events.publish(StockChanged(tuple(sorted(set(sku_ids)))))


def _deed(draft: PresaleDraft, code: str) -> audit.Deed:
    return audit.Deed("stock.presold", "sku", draft.sku_id, code, {"quantity": draft.quota}, draft.promised_on.isoformat())
