"""聊天下单: paste messages, look at what was read, confirm. Between the steps the text is in the person's own form and nowhere else."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from danshu.channels import chat, registry
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import listing, pasted
from danshu.web.orders.pasted import Card
from danshu.web.shell import toast

PLATFORMS = {"wechat", "own", "manual"}  # shops whose orders come by word


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@requires("orders.edit")
def page(request: StaffRequest) -> HttpResponse:
    """GET: the text field. POST `do`: `read` shows the cards, `make` makes the picked ones, `edit` goes back to the text."""
    shops = [shop for shop in listing.shops(request.user) if shop.platform in PLATFORMS and registry.takes_orders(shop.platform)]
    text = request.POST.get("text", "").replace("\r\n", "\n")
    do = request.POST.get("do", "read")
    if request.method == "GET" or do == "edit":
        return _ask(request, shops, text)
    if not text.strip():
        return _ask(request, shops, text, _("还没有粘贴内容。把聊天里的下单消息复制过来。"))
    if len(text) > chat.LONGEST:
        return _ask(request, shops, text, _("一次最多 %(n)d 个字。请分几次粘贴。") % {"n": chat.LONGEST})
    if do == "make":
        return _make(request, shops, text)
    found, more, reading = pasted.cards(text, None, request.user, set())
    if not found:
        return _ask(request, shops, text, _("没有读出订单：里面没有电话、地址，也没有商品和件数。"))
    return _review(request, shops, text, found, more, reading, once=secrets.token_hex(4).upper())


def _ask(request: StaffRequest, shops: list[Shop], text: str, error: str = "") -> HttpResponse:
    example = _(
        "小雨 2026/5/1 12:30\n雾蓝杯两个，毛巾一条\n收件人 李小雨 13800000000\n浙江杭州余杭区文一西路 969 号 3 幢\n不要发中通，转账 ¥128"
    )
    context = {"nav": "orders", "shops": shops, "text": text, "error": error, "longest": chat.LONGEST, "example": example}
    return render(request, "orders/paste.html", context, status=422 if error else 200)


def _review(
    request: StaffRequest, shops: list[Shop], text: str, found: list[Card], more: int, reading: chat.Reading, *, once: str, **said: Any
) -> HttpResponse:
    chosen = typed.number(request.POST.get("shop", "")) or (shops[0].pk if shops else None)
    context = {
        "nav": "orders", "shops": shops, "chosen": chosen, "text": text, "cards": found, "more": more, "once": once, "done": set(),
        "unread": [words for start, end in reading.unread if (words := text[start:end].strip())][:20],
        "doubts": sum(card.doubts > 0 for card in found), "made": [], "error": "", **said,
    }  # fmt: skip
    is_refused = bool(context["error"]) or any(card.error for card in found)
    return render(request, "orders/pasted.html", context, status=422 if is_refused else 200)


def _make(request: StaffRequest, shops: list[Shop], text: str) -> HttpResponse:
    """What can be made is made; the refused stay on the page with their reason, the others as they were."""
    data = request.POST
    once = "".join(sign for sign in data.get("once", "") if sign.isalnum())[:16] or secrets.token_hex(4).upper()
    done = set(typed.numbers(data.get("done", "").split(",")))
    found, more, reading = pasted.cards(text, data, request.user, done)
    shop = next((shop for shop in shops if str(shop.pk) == data.get("shop")), None)
    picked = [card for card in found if card.is_picked]
    error = "" if shop else _("请选择店铺。")
    if not picked and shop:
        error = _("没有勾选订单。勾上要建的，再点一次。")
    made: list[Order] = []
    if shop and picked:
        made_at = _create(request, picked, shop, once)
        done |= set(made_at)
        made = list(Order.objects.filter(pk__in=made_at.values()).order_by("pk"))
    if made:
        text_made = ngettext("已建 %(n)d 单，库存已锁定", "已建 %(n)d 单，库存已锁定", len(made)) % {"n": len(made)}
        toast(request, text_made)
    left = [card for card in found if card.at not in done]
    if not left and not more:
        return redirect("orders-detail", made[0].no) if len(made) == 1 else redirect("orders-list")
    if not left:
        left, more, reading = pasted.cards(text, None, request.user, done)
    return _review(request, shops, text, left, more, reading, once=once, done=done, made=made, error=error)


def _create(request: StaffRequest, picked: list[Card], shop: Shop, once: str) -> dict[int, int]:
    """Card → order, for those that were made now or by the same form before. Refusals are written on their cards."""
    numbers = {pasted.number(once, card.at): card.at for card in picked}
    before = {numbers[no]: pk for no, pk in Order.objects.filter(shop=shop, platform_no__in=numbers).values_list("platform_no", "pk")}
    fresh = [card for card in picked if card.at not in before]
    ready = pasted.drafted(fresh, shop.pk, once, pasted.told(request.POST, [card.at for card in fresh]))
    results = orders.create_each([draft for _card, draft in ready], by=request.user.actor, now=clock.now())
    made = dict(before)
    for (card, _draft), result in zip(ready, results, strict=True):
        if isinstance(result, DomainError):
            card.error = result.message
        else:
            made[card.at] = result
    return made
