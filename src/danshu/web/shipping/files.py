"""/print/files/: platforms' templates, files to upload there, what was made before."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import dispatch
from danshu.fulfilment import confirmations
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.confirmations import Standing
from danshu.fulfilment.models import Confirmation, ShipFile, ShipTemplate
from danshu.fulfilment.operations.ship_files import untold
from danshu.fulfilment.queries import untold_counts
from danshu.web.access import StaffRequest, requires
from danshu.web.orders.progress import TOLD_TONES
from danshu.web.shell import toast
from danshu.web.shipping import parts

MOST_TROUBLES = 200
MOST_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A parcel that its platform does not have, as the page shows it. `may_file`: nothing of it was told yet."""

    one: Confirmation

    @property
    def tone(self) -> str:
        return TOLD_TONES[self.one.state]

    @property
    def may_file(self) -> bool:
        return self.one.told_at is None


@dataclass(frozen=True, slots=True)
class Card:
    """One shop: its template, parcels that nobody tells of, and how telling by ourselves stands where the shop `is_able`."""

    shop: Shop
    template: ShipTemplate | None
    untold: int
    is_able: bool
    standing: Standing
    troubles: list[Trouble]

    @property
    def unsaid(self) -> int:
        """Parcels that nobody tells of, but for those that were refused: these have buttons of their own."""
        return max(0, self.untold - self.standing.refused)


@requires("ship.send")
def files(request: StaffRequest) -> HttpResponse:
    shop_ids = parts.shops(request.user)
    shops = Shop.objects.filter(is_active=True) if shop_ids is None else Shop.objects.filter(is_active=True, pk__in=shop_ids)
    templates = {one.shop_id: one for one in ShipTemplate.objects.filter(shop__in=shops)}
    waiting = untold_counts(shop_ids)
    made = ShipFile.objects.filter(shop__in=shops).select_related("shop").order_by("-id")[:30]
    now, able = clock.now(), set(dispatch.able(also_refused=True))
    standings = confirmations.standings(shop_ids, now=now)
    troubles: dict[int, list[Confirmation]] = {}
    for one in confirmations.troubles(shop_ids, now=now)[:MOST_TROUBLES]:
        troubles.setdefault(one.shop_id, []).append(one)
    rows = [
        Card(
            shop, templates.get(shop.pk), waiting.get(shop.pk, 0), shop.pk in able, standings.get(shop.pk, Standing()),
            [Trouble(one) for one in troubles.get(shop.pk, [])],
        )
        for shop in shops.order_by("id")
    ]  # fmt: skip
    rows.sort(key=lambda row: (not row.troubles, -row.untold))
    return render(request, "shipping/files.html", {"nav": "print", "rows": rows, "made": made})


@require_POST
@requires("ship.send")
def tell(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Have all parcels of the shop told by us that no file told of."""
    ids = list(untold(_own_shop(request, shop_id)).order_by("pk").values_list("pk", flat=True)[:MOST_TOLD])
    if ids and dispatch.tell_parcels(ids, by=request.user.actor, now=clock.now()):
        toast(request, ngettext("%d 个包裹正在回传。", "%d 个包裹正在回传。", len(ids)) % len(ids))
    else:
        toast(request, _("没有能回传的包裹：店铺没有连接，或者都回传过了。"), error=True)
    return redirect("shipping-files")


@require_POST
@requires("ship.send")
def again(request: StaffRequest, shop_id: int) -> HttpResponse:
    """The chosen confirmations (`id`), or all troubled ones, once more; or with `by=file` left to the shop's files."""
    mine = Confirmation.objects.filter(shop=_own_shop(request, shop_id))
    chosen = parts.chosen(request.POST, "id")
    ids = list((mine.filter(pk__in=chosen) if chosen else confirmations.troubles([shop_id], now=clock.now())).values_list("pk", flat=True))
    if request.POST.get("by") == "file":
        count = fulfilment.leave_to_files(ids, by=request.user.actor, now=clock.now())
        toast(request, ngettext("%d 个包裹改用文件回传。", "%d 个包裹改用文件回传。", count) % count)
    else:
        dispatch.tell_again(ids, by=request.user.actor, now=clock.now())
        toast(request, _("正在再次回传，几秒后刷新看结果。"))
    return redirect("shipping-files")


def _own_shop(request: StaffRequest, shop_id: int) -> int:
    seen = parts.shops(request.user)
    if (seen is not None and shop_id not in seen) or not Shop.objects.filter(pk=shop_id).exists():
        raise DomainError(_("没有这个店铺，或者你看不到它。"), "shop.not_found")
    return shop_id


def _kept(upload: UploadedFile[bytes], folder: str) -> Path:
    path = Path(folder) / f"file{Path(str(upload.name)).suffix.lower()}"
    path.write_bytes(upload.read())
    return path


@require_POST
@requires("ship.send")
def template(request: StaffRequest, shop_id: int) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None:
        raise DomainError(_("没有选文件。请选平台后台下载的批量发货模板。"), "template.file")
    with tempfile.TemporaryDirectory() as folder:
        path = _kept(upload, folder)
        fulfilment.save_template(_own_shop(request, shop_id), path, str(upload.name), by=request.user.actor, now=clock.now())
    toast(request, _("模板记住了，以后生成发货文件都用它。"))
    return redirect("shipping-files")


@require_POST
@requires("ship.send")
def make(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Make the shop's files from its template, or by filling an export that comes along."""
    _own_shop(request, shop_id)
    upload = request.FILES.get("file")
    with tempfile.TemporaryDirectory() as folder:
        export = _kept(upload, folder) if upload else None
        name = str(upload.name) if upload else ""
        made = fulfilment.make_ship_files(shop_id, export=export, export_name=name, by=request.user.actor, now=clock.now())
    told = _("生成了 %(files)s 个文件，%(parcels)s 个包裹。请下载后上传到平台后台。")
    toast(request, told % {"files": len(made), "parcels": sum(one.parcel_count for one in made)})
    return redirect("shipping-files")


@requires("ship.send")
def download(request: StaffRequest, file_id: int) -> HttpResponseBase:
    made = ShipFile.objects.filter(pk=file_id).first()
    path = Path(settings.MEDIA_ROOT) / made.path if made else None
    if made is None or path is None or not path.exists():
        raise DomainError(_("没有这个文件，可能已被清理。可以重新生成。"), "ship_file.not_found")
    _own_shop(request, made.shop_id)
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.file_name)}"
    response["Cache-Control"] = "no-store"
    return response
