"""/settings/webhooks/: addresses that are told of facts, what was delivered to them, and again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from danshu.channels import shops
from danshu.core import clock, paging
from danshu.core.errors import DomainError
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.jobs import wake
from danshu.notify.kinds import KINDS, TEST
from danshu.notify.models import Delivery, Webhook
from danshu.web.access import StaffRequest, requires
from danshu.web.integrations.forms import WebhookForm
from danshu.web.shell import toast

NOTHING: Mapping[str, object] = {}
WRONG = {"webhook.name": "name", "webhook.kinds": "kinds", "webhook.url": "url", "webhook.insecure": "url", "webhook.private": "url"}


@requires("settings.api")
def listed(request: StaffRequest) -> HttpResponse:
    rows = [{"hook": hook, "kinds": _kinds(hook)} for hook in queries.webhooks()]
    return render(request, "integrations/webhooks.html", {"nav": "settings", "rows": rows})


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The secret is shown once, on the answer to this form."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            [(hook, secret)] = notify.add([form.draft()], by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error(WRONG.get(error.code), str(error))
        else:
            return _secret(request, hook, secret)
    return _form(request, form, None)


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, webhook_id: int) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=webhook_id)
    initial = {name: getattr(hook, name) for name in ("name", "url", "kinds", "shop_ids", "is_plain")}
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            notify.change(webhook_id, form.draft(), by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error(WRONG.get(error.code), str(error))
        else:
            toast(request, _("Webhook 设置已保存"))
            return redirect("webhook", webhook_id)
    return _form(request, form, hook)


@requires("settings.api")
def one(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """The webhook and its log; a message opens with what was sent, unless receivers stand in it in full."""
    hook = get_object_or_404(Webhook, pk=webhook_id)
    found = Delivery.objects.filter(webhook=hook)
    if request.GET.get("state") in Delivery.State.values:
        found = found.filter(state=request.GET["state"])
    page = paging.page(found, queries.ORDER, request.GET.get("after", ""), 30)
    names = dict(shops.visible(None).values_list("pk", "name"))
    context = {
        "nav": "settings", "hook": hook, "kinds": _kinds(hook), "page": page, "states": Delivery.State.choices,
        "state": request.GET.get("state", ""), "shops": [names[pk] for pk in hook.shop_ids if pk in names],
        "rows": [{"one": one, "kind": KINDS.get(one.kind, _("测试")), "body": _shown(hook, one)} for one in page.rows],
    }  # fmt: skip
    return render(request, "integrations/_log.html" if request.htmx else "integrations/webhook.html", context)


@requires("settings.api")
@require_POST
def test(request: StaffRequest, webhook_id: int) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=webhook_id)
    if not hook.is_active:
        raise DomainError(_("Webhook「%s」停用了，先启用再测试。") % hook.name, "webhook.off")
    notify.send_test(webhook_id, now=clock.now())
    wake([webhook_id])
    toast(request, _("测试消息发出去了，几秒后看下面的记录"))
    return redirect("webhook", webhook_id)


@requires("settings.api")
@require_POST
def replay(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """The chosen messages, or the one whose button was pressed."""
    hook = get_object_or_404(Webhook, pk=webhook_id)
    asked = [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 16]
    ids = list(Delivery.objects.filter(webhook=hook, pk__in=asked).values_list("pk", flat=True))
    count = notify.replay(ids, by=request.user.actor, now=clock.now())
    wake([webhook_id])
    toast(request, _("重发 %d 条，几秒后看下面的记录") % count)
    return redirect("webhook", webhook_id)


@requires("settings.api")
@require_POST
def switch(request: StaffRequest, webhook_id: int) -> HttpResponse:
    on = request.POST.get("on", "1") == "1"
    for hook in notify.switch([webhook_id], on=on, by=request.user.actor, now=clock.now()):
        text = _("Webhook「%s」启用了") if on else _("Webhook「%s」停用了，期间的事不会补发")
        toast(request, text % hook.name, None if on else reverse("webhook-switch", args=[webhook_id]))
    return redirect("webhook", webhook_id)


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def secret(request: StaffRequest, webhook_id: int) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=webhook_id)
    if request.method == "POST":
        return _secret(request, hook, notify.renew_secret(webhook_id, by=request.user.actor, now=clock.now()))
    body = _("新密钥只显示一次。一天之内消息同时带新旧两个签名，接收方有时间换过去。")
    return _ask(request, hook, _("换掉「%s」的签名密钥？") % hook.name, body, _("换密钥"))


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def remove(request: StaffRequest, webhook_id: int) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=webhook_id)
    if request.method == "POST":
        notify.remove([webhook_id], by=request.user.actor, now=clock.now())
        toast(request, _("Webhook「%s」删了") % hook.name)
        return redirect("webhooks")
    return _ask(request, hook, _("删掉 Webhook「%s」？") % hook.name, _("还没送到的消息和投递记录一起删掉，不能恢复。"), _("删掉"))


def _ask(request: StaffRequest, hook: Webhook, title: str, body: str, word: str) -> HttpResponse:
    question = {
        "title": title, "body": body, "exceptions": "", "verb": word, "action": request.path, "back": reverse("webhook", args=[hook.pk]),
        "hidden": NOTHING,
    }  # fmt: skip
    return render(request, "_confirm.html" if request.htmx else "confirm.html", {"nav": "settings", **question})


def _form(request: HttpRequest, form: WebhookForm, hook: Webhook | None) -> HttpResponse:
    context = {"nav": "settings", "form": form, "hook": hook}
    return render(request, "integrations/webhook_form.html", context, status=422 if form.errors else 200)


def _secret(request: HttpRequest, hook: Webhook, text: str) -> HttpResponse:
    return render(request, "integrations/webhook_secret.html", {"nav": "settings", "hook": hook, "text": text})


def _kinds(hook: Webhook) -> list[Any]:
    return [KINDS[kind] for kind in KINDS if kind in hook.kinds]


def _shown(hook: Webhook, delivery: Delivery) -> str:
    if hook.is_plain and delivery.kind != TEST:
        return ""
    return json.dumps(json.loads(queries.body_of(delivery)), ensure_ascii=False, indent=2)
