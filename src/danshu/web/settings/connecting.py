"""/settings/shops/<id>/connect/: what a platform wants to know, a test, its authorisation page and the way back, the end."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from danshu.accounts import queries as accounts
from danshu.channels import connections, registry, shops
from danshu.channels.models import Shop, ShopConnection, StreamCursor
from danshu.channels.operations import authorising, connecting
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.web.access import StaffRequest, requires
from danshu.web.settings import addresses
from danshu.web.settings.forms import ConnectForm
from danshu.web.settings.standing import word
from danshu.web.shell import toast

SALT = "shop-authorisation"
MINUTES = 15  # somebody looks for a phone to scan with
State = ShopConnection.State


@requires("settings.shops")
@never_cache
@require_http_methods(["GET", "POST"])
def connect(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Keep what was typed; where no page of the platform has to grant access first, try it at once."""
    shop = mine(request, shop_id)
    if request.method != "POST":
        return _page(request, shop)
    form = _form(shop, request.POST)
    if form is None or not form.is_valid():
        return _page(request, shop, form=form)
    reach = {"reach_days": form.cleaned_data["reach_days"]} if "reach_days" in form.cleaned_data else {}
    try:
        connection = connecting.connect(shop.pk, form.values(), by=request.user.actor, now=clock.now(), **reach)
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, shop, form=form)
    if connection.state == State.NONE:
        toast(request, _("连接信息存好了。接着去平台授权。"))
        return redirect("settings-shop-connect", shop.pk)
    return _tested(request, shop)


@requires("settings.shops")
@require_POST
def test(request: StaffRequest, shop_id: int) -> HttpResponse:
    return _tested(request, mine(request, shop_id))


@requires("settings.shops")
@never_cache
@require_GET
def authorise(request: StaffRequest, shop_id: int) -> HttpResponse:
    """To the platform's page. A link and no form, because the policy of the pages lets no form lead to another house."""
    shop = mine(request, shop_id)
    state = signing.dumps([shop.pk, request.user.pk], salt=SALT)
    try:
        return redirect(authorising.page(shop.pk, redirect=addresses.callback(), state=state))
    except DomainError as error:
        return _page(request, shop, problem=error)


@requires("settings.shops")
@never_cache
@require_GET
def authorised(request: StaffRequest) -> HttpResponse:
    """Back from the platform's page with a code and the state that we gave: only the person who went there may come back, and soon."""
    if not request.GET:  # somebody typed the address
        return redirect("settings-shops")
    shop = mine(request, _asked_for(request))
    try:
        connection = authorising.finish(
            shop.pk, code=_code(request), redirect=addresses.callback(), by=request.user.actor, now=clock.now()
        )  # fmt: skip
    except DomainError as error:
        return _page(request, shop, problem=error)
    name = connection.platform_shop_name
    toast(request, _("授权好了，平台上的店名是「%s」。") % name if name else _("授权好了，开始拉订单。"))
    return redirect("settings-shop-connect", shop.pk)


@requires("settings.shops")
@require_http_methods(["GET", "POST"])
def disconnect(request: StaffRequest, shop_id: int) -> HttpResponse:
    shop = mine(request, shop_id)
    if request.method == "POST":
        connecting.disconnect(shop.pk, by=request.user.actor, now=clock.now())
        toast(request, _("「%s」断开了，以后靠导入文件。") % shop.name)
        return redirect("settings-shops")
    question = {
        "title": _("断开「%s」？") % shop.name,
        "body": _("密钥和授权会被忘掉。以后不再自动拉单、不再推库存，发货也不再回传平台，都要自己在平台后台做。"),
        "exceptions": _("已经进来的订单都在。以后重新连接，会从断开的地方接着拉。"),
        "verb": _("断开"),
    }
    if registry.abilities(shop.platform).told:
        question["body"] = _("签名密钥会被忘掉，自己的程序发来的消息不再收。")
        question["exceptions"] = _("已经进来的订单都在，接口令牌和 Webhook 照常。")
    return _ask(request, shop, question)


@requires("settings.shops")
@require_http_methods(["GET", "POST"])
def renew_address(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Another push address."""
    shop = mine(request, shop_id)
    if request.method == "POST":
        connecting.renew_hook_key(shop.pk, by=request.user.actor, now=clock.now())
        toast(request, _("推送地址换好了，请把新地址填到平台后台。"))
        return redirect("settings-shop-connect", shop.pk)
    question = {
        "title": _("换「%s」的推送地址？") % shop.name,
        "body": _("旧地址马上失效。在平台后台填上新地址之前，收不到推送，新订单会晚几十秒。"),
        "exceptions": _("定时拉单照常，订单不会少。"),
        "verb": _("换地址"),
    }
    if registry.abilities(shop.platform).told:
        question["body"] = _("旧地址马上失效。在自己的程序里填上新地址之前，发来的消息都收不到。")
        question["exceptions"] = ""
    return _ask(request, shop, question)


@requires("settings.shops")
@never_cache
@require_http_methods(["GET", "POST"])
def renew_secret(request: StaffRequest, shop_id: int) -> HttpResponse:
    """A secret for the shop's own programs, shown once, on the answer to this form."""
    shop = mine(request, shop_id)
    if request.method == "POST":
        secret = connecting.renew_hook_secret(shop.pk, by=request.user.actor, now=clock.now())
        return _page(request, mine(request, shop_id), secret=secret)
    question = {
        "title": _("换「%s」的签名密钥？") % shop.name,
        "body": _("新密钥只显示一次。一天之内新旧两个密钥的签名都收，自己的程序有时间换过去。"),
        "exceptions": "",
        "verb": _("换密钥"),
    }
    return _ask(request, shop, question)


def mine(request: StaffRequest, shop_id: int) -> Shop:
    """A shop that the person may see; 404 otherwise."""
    return get_object_or_404(shops.visible(accounts.shops_of(request.user)), pk=shop_id)


def _asked_for(request: StaffRequest) -> int:
    """The shop of the state. Raises `connection.state`."""
    try:
        shop_id, person_id = signing.loads(request.GET.get("state", ""), salt=SALT, max_age=MINUTES * 60)
    except signing.SignatureExpired:
        raise DomainError(_("离开去授权已经超过 %d 分钟，这次授权没有收下。请再授权一次。") % MINUTES, "connection.state") from None
    except signing.BadSignature:
        raise DomainError(_("这个授权链接不是从单枢出去的，没有收下。请从店铺的连接页点「授权」。"), "connection.state") from None
    if person_id != request.user.pk:
        raise DomainError(_("这次授权是另一个账号开始的，没有收下。请用自己的账号再授权一次。"), "connection.state")
    return int(shop_id)


def _code(request: StaffRequest) -> str:
    if code := request.GET.get("code", "").strip():
        return code
    said = (request.GET.get("error_description") or request.GET.get("error", ""))[:200]
    raise DomainError(
        _("平台没有给授权：%s。请再授权一次，在平台的页面上点同意。") % (said or _("页面上没有点同意")), "connection.not_granted"
    )


def _tested(request: StaffRequest, shop: Shop) -> HttpResponse:
    try:
        info = connecting.test(shop.pk, now=clock.now())
    except DomainError as error:
        return _page(request, mine(request, shop.pk), problem=error)
    toast(request, _("连得上，平台上的店名是「%s」。") % info.name if info.name else _("连得上。"))
    return redirect("settings-shop-connect", shop.pk)


def _form(shop: Shop, data: Any = None) -> ConnectForm | None:
    """None: nothing can be connected here."""
    connector = registry.load(shop.platform)
    if connector is None or not connections.can_connect(shop.platform):
        return None
    was_read = StreamCursor.objects.filter(shop=shop).exists()
    return ConnectForm(data, connector=connector, known=connections.typed(shop), was_read=was_read)


def _page(
    request: StaffRequest, shop: Shop, *, form: ConnectForm | None = None, problem: DomainError | None = None, secret: str = ""
) -> HttpResponse:  # fmt: skip
    now = clock.now()
    health = next(iter(connections.health([shop.pk], now=now)), None)
    abilities = registry.abilities(shop.platform)
    connection = health.connection if health else ShopConnection(shop=shop)
    is_saved, has_access = shop.credentials is not None, connections.has_access(shop)
    context = {
        "nav": "settings",
        "tab": "connect",
        "shop": shop,
        "form": form or _form(shop),
        "abilities": abilities,
        "connection": connection,
        "health": health,
        "word": word(health, can_connect=connections.can_connect(shop.platform)),
        "is_saved": is_saved,
        "is_refused": connection.state == State.REFUSED,
        "wants_page": is_saved and abilities.can_authorize and (not has_access or connection.state == State.REFUSED),
        "callback": addresses.callback(),
        "push": addresses.push(connection) if connection.hook_key else "",
        "is_near": addresses.is_near(),
        "problem": problem,
        "secret": secret,
        "advice": _advice(problem),
    }
    is_wrong = problem is not None or (form is not None and bool(form.errors))
    return render(request, "settings/connect.html", context, status=422 if is_wrong else 200)


def _advice(problem: DomainError | None) -> str:
    """What to do, where the platform's own words do not say it."""
    if problem is None:
        return ""
    return {
        "connector.credentials_expired": _("重新授权以后，会从断开的地方接着拉，订单不会少。"),
        "connector.refused": _("多半是密钥填错了，应用没有这项权限，或者本机的出口 IP 不在白名单里。按平台说的改好，再测试一次。"),
        "connector.rate_limited": _("设置不用改，过一分钟再测试一次。"),
        "connector.temporary": _("设置不用改，过几分钟再测试一次；一直这样，请检查这台机器的网络。"),
        "connector.bad_answer": _("设置不用改，过几分钟再测试一次。"),
    }.get(problem.code, "")


def _ask(request: StaffRequest, shop: Shop, question: dict[str, str]) -> HttpResponse:
    context = {
        "nav": "settings", "action": request.path, "back": reverse("settings-shop-connect", args=[shop.pk]), "hidden": {}, **question,
    }  # fmt: skip
    return render(request, "_confirm.html" if request.htmx else "confirm.html", context)
