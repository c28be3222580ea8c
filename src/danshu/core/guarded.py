"""Calls to addresses that people typed: names are looked up first, and what leads into our own network is not called.

The connection goes to the address that was looked at, so a name that points elsewhere a moment later (DNS rebinding) gains nothing;
certificates are still checked against the name.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from django.utils.translation import gettext as _

from danshu.core.errors import DomainError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def look_up(host: str, port: int) -> list[str]:
    """IP addresses of a name. Raises `OSError`."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_allowed(text: str, *, private: bool) -> bool:
    """Whether an IP address may be called. With `private`, those of our own network and of this machine too; link-local ones (the
    metadata of cloud machines), multicast and the like never."""
    try:
        ip = _meant(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if ip.is_multicast or ip.is_link_local or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        return False
    return ip.is_global or (private and (ip.is_private or ip.is_loopback))


def _meant(ip: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        return inner or ip
    return ip


@dataclass
class Guarded(httpx.BaseTransport):
    """For `http.Client(transport=…)`, one per call. Raises `DomainError("http.private")` for names that lead to no allowed address."""

    private: bool = False
    resolve: Callable[[str, int], Sequence[str]] = look_up
    inner: httpx.BaseTransport = field(default_factory=lambda: httpx.HTTPTransport(trust_env=False))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        try:
            found = self.resolve(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        allowed = [address for address in found if is_allowed(address, private=self.private)]
        if not allowed:
            raise DomainError(_("%(host)s 在内部网络里，没有去连。要连的话请管理员打开这项设置。") % {"host": host}, "http.private")
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=allowed[0]),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return self.inner.handle_request(pinned)

    def close(self) -> None:
        self.inner.close()
