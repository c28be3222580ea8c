"""What goes wrong, said so that a person can act: domain errors become 4xx answers, and 403, 404 and 500 have pages.

An error says what happened, what it means and what to do; the code stands last. htmx gets a toast (the page under it stays as it is),
`/api/` gets JSON, everybody else a page.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from danshu.core.errors import DomainError
from danshu.web.access import public

log = logging.getLogger(__name__)

STATUS = {"access.denied": 403, "not_found": 404}


class DomainErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _whole_page_when_asked(request)
        response = self.get_response(request)
        return _with_toasts(request, response)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            return answer(request, error)
        if isinstance(error, DataError) and "NUL" in str(error):  # PostgreSQL's word; nobody types one, scanners of weak spots do
            return answer(request, DomainError(_("输入里有看不见的空字符，没有保存也没有查找。请去掉再试。"), "text.nul"))
        return None


def status_of(error: DomainError) -> int:
    """403 for a missing permission, 404 for a missing thing, else 422."""
    return STATUS.get(error.code) or (404 if error.code.endswith(".not_found") else 422)


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The error in the form the caller reads."""
    status = status_of(error)
    if request.path.startswith("/api/"):
        return JsonResponse({"message": str(error), "code": error.code, "details": error.details}, status=status)
    if _is_htmx(request):
        return toast_answer(request, str(error), error.code, status)
    return _page(request, status, _title(status), str(error), error.code)


def toast_answer(request: HttpRequest, text: str, code: str, status: int) -> HttpResponse:
    """An htmx answer that leaves the page alone and says the error at its bottom."""
    response = render(request, "_error_toast.html", {"text": text, "code": code}, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
    return response


@public
def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    text = _("你的角色没有这项权限。需要的话请老板在「人员」里调整。")
    return _page(request, 403, _title(403), text, "access.denied")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    text = _("浏览器没有带上这一页的校验码，通常是页面开得太久了。什么都没有保存。请刷新后再做一次。")
    return _page(request, 403, _("这一步没有做成"), text, "access.csrf")


@public
def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    text = _("这个地址下没有内容：可能是链接不完整，或者东西已经删除。数据没有丢。可以从左边的菜单走，或者搜索单号。")
    return _page(request, 404, _("没有这一页"), text, "page.not_found")


@public
def broken(request: HttpRequest) -> HttpResponse:
    number = uuid.uuid4().hex[:8]
    log.error("page failed", extra={"number": number, "path": request.path})
    text = _("这一页没有打开，是我们的问题。刚才的操作要么完整保存了，要么完全没有保存。请刷新再看一次；还是不行的话，把编号发给管理员。")
    return _page(request, 500, _("这一页出错了"), text, number)


def _page(request: HttpRequest, status: int, title: str, text: str, code: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"message": text, "code": code, "details": {}}, status=status)
    if _is_htmx(request):
        return toast_answer(request, text, code, status)
    return render(request, "error.html", {"title": title, "text": text, "code": code, "status": status}, status=status)


def _title(status: int) -> str:
    return {403: _("没有这项权限"), 404: _("没有找到")}.get(status, _("这一步没有做成"))


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _whole_page_when_asked(request: HttpRequest) -> None:
    """Going back, the browser needs the whole page even though htmx asks for it."""
    if request.headers.get("HX-History-Restore-Request") == "true":
        request.META.pop("HTTP_HX_REQUEST", None)
        request.__dict__.pop("headers", None)


def _with_toasts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Partials bring the messages of their request along; redirects leave them for the page that follows."""
    plain = response.status_code < 300 and response.status_code != 204 and not response.streaming
    if not (_is_htmx(request) and plain and response.get("Content-Type", "").startswith("text/html")):
        return response
    if response.has_header("HX-Redirect") or response.has_header("HX-Refresh") or response.has_header("HX-Location"):
        return response
    if b"</html>" not in response.content and len(messages.get_messages(request)):
        response.content += render_to_string("_toasts_oob.html", request=request).encode()
        if response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
    return response
