"""Where platforms ring: `/hooks/<shop>/<key>/`, an address that nobody can guess. The platform's adapter verifies the call; what it points
at is fetched later, so the answer is quick."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from danshu.api.errors import refuse, say, shape
from danshu.api.reading import body_of
from danshu.channels import connections
from danshu.channels.connecting import Call
from danshu.channels.connector_errors import BadCall, BadMessage, UnprovenCall
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import receiving

log = logging.getLogger(__name__)
METHODS = ("GET", "POST")  # GET: some platforms look first whether somebody is there
MOST_BYTES = 1024 * 1024


@csrf_exempt
def ring(request: HttpRequest, shop: str, key: str) -> HttpResponse:
    """404 for an address that we never gave out, 401 for a call that its platform did not sign, neither with a word more; otherwise what
    the adapter answers. A program of the seller's own hears why it is refused. 503 asks the platform to call again: our own trouble (a
    key file that does not fit)."""
    if request.method not in METHODS:
        return HttpResponse(status=405, headers={"Allow": ", ".join(METHODS)})
    if not shop.isdecimal() or len(shop) > 18 or not connections.is_hook(int(shop), key):
        return HttpResponse(status=404)
    try:
        call = _call(request)
        received = receiving.receive_call(int(shop), key, call, now=clock.now())
    except BadCall as error:
        log.info("A call to shop %s was refused: %s", shop, error)
        return say(shape(error), 401) if isinstance(error, UnprovenCall) else HttpResponse(status=401)
    except BadMessage as error:
        log.info("A message to shop %s was refused: %s", shop, error)
        return refuse(error)
    except DomainError as error:
        log.warning("A call to shop %s was not taken: %s", shop, error.code)
        return HttpResponse(status=413 if error.code == "request.too_big" else 503)
    return HttpResponse(received.body, status=received.status, content_type=received.content_type)


def _call(request: HttpRequest) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = {name: str(value) for name, value in request.GET.items()}
    return Call(str(request.method), query, headers, body_of(request, MOST_BYTES), request.path)
