"""What the pages of this room share: the shops a person may see, chosen ids, PDFs, previews of papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from danshu.accounts import queries as accounts
from danshu.accounts.models import User
from danshu.core.errors import DomainError
from danshu.fulfilment import boxes, contents
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.papers import codes
from danshu.fulfilment.papers.content import Box
from danshu.orders import queries as orders
from danshu.web import typed

AT_ONCE = 20  # more than this runs in the background


def shops(user: User) -> list[int] | None:
    return accounts.shops_of(user)


def chosen(data: QueryDict, name: str) -> list[int]:
    """Ids of checkboxes or of one comma list; anything that is no number is dropped."""
    return typed.numbers(",".join(data.getlist(name)).split(","))


def own_parcels(user: User, parcel_ids: Sequence[int]) -> list[int]:
    """Those of the ids that belong to shops the person may see, in the given order."""
    rows = Parcel.objects.filter(pk__in=parcel_ids, order__in=orders.scope(user))
    known = set(rows.values_list("pk", flat=True))
    return [parcel_id for parcel_id in parcel_ids if parcel_id in known]


def own_parcel(user: User, parcel_id: int) -> Parcel:
    """One parcel with its order. Raises `DomainError("parcel.not_found")` for others' and missing ones."""
    row = Parcel.objects.filter(pk=parcel_id, order__in=orders.scope(user)).select_related("order__shop", "warehouse").first()
    if row is None:
        raise DomainError(_("没有这个包裹，或者它属于你看不到的店铺。"), "parcel.not_found")
    return row


def pdf(content: bytes, name: str, *, download: bool = False) -> HttpResponse:
    """A PDF that is never cached: it may hold addresses."""
    how = "attachment" if download else "inline"
    headers = {"Content-Disposition": f'{how}; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@dataclass(frozen=True, slots=True)
class Preview:
    """A paper as the page shows it: always masked; without the phone for who may not see any."""

    box: Box
    bars: str  # SVG path, one unit high
    bars_width: int
    shows_phone: bool


def preview(user: User, parcel: Parcel, reprint: int = 0) -> Preview:
    found = contents.of([parcel])[parcel.pk]
    box = boxes.box(found, plain=False, reprint=reprint)
    drawn = codes.code128(box.waybill_no or box.order_no)
    return Preview(box, svg_path(drawn.path), drawn.modules, user.may("people.reveal"))


def svg_path(rectangles: str) -> str:
    """PDF rectangles (`x y w h re …`) as an SVG path."""
    parts = rectangles.split()
    return "".join(
        f"M{x} {y}h{wide}v{high}h-{wide}z" for x, y, wide, high in zip(parts[::5], parts[1::5], parts[2::5], parts[3::5], strict=True)
    )
