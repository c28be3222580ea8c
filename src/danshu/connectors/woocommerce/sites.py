"""Where a shop lives. A person types the address, and this house then asks there by itself: what is typed must not lead into a network
that only this machine can see.

TLS everywhere; plain HTTP only to this machine, and there OAuth keeps the secret off the wire. Private addresses need an express word in
the shop's access (for a site in the seller's own network); link-local ones, where clouds keep their keys, are refused always. Names are
judged as they are written; what they resolve to is the network's affair.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from danshu.channels.connecting import ShopAccess
from danshu.channels.connector_errors import Refused

NEAR = {"localhost", "localhost.localdomain"}
INSIDE = (".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".localdomain")
NAME = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
DISGUISED = re.compile(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*")
YES = {"1", "yes", "true", "on", "是", "允许"}


def base(shop: ShopAccess) -> str:
    """Address of the site without a slash at the end; the gateway where there is one. Raises `Refused`."""
    return shop.gateway or checked(shop.credentials.get("site", ""), allows_private=_allows_private(shop))


def checked(written: str, *, allows_private: bool = False) -> str:
    written = written.strip().rstrip("/")
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if not host or "@" in written or parts.query or parts.fragment or parts.scheme not in {"http", "https"} or not _is_name(host):
        raise Refused(
            _("网站地址「%(site)s」不对。请填像 https://shop.example.com 这样的地址。") % {"site": written[:60]}, "connector.site"
        )
    address = _address(host)
    if parts.scheme == "http" and not _is_near(host, address):
        raise Refused(_("网站地址要以 https:// 开头：不加密的连接会泄露买家的资料。请先给网站装好证书。"), "connector.site")
    if _is_forbidden(address) or (not allows_private and _is_inside(host, address)):
        raise Refused(
            _("「%(host)s」是内部网络的地址，没有连接。如果网站真的在内网，请在授权里允许内网地址。") % {"host": host}, "connector.site"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _allows_private(shop: ShopAccess) -> bool:
    return shop.credentials.get("allow_private", "").strip().lower() in YES


def _is_name(host: str) -> bool:
    """Letters of every language, as browsers take them, but nothing that steers; no address in a disguise (`2130706433`, `127.1`)."""
    try:
        plain = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        return False
    return bool(NAME.fullmatch(plain)) and (_address(host) is not None or not DISGUISED.fullmatch(plain))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _is_near(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address.is_loopback if address else host in NEAR


def _is_forbidden(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address is not None and (address.is_link_local or address.is_multicast or address.is_unspecified)


def _is_inside(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if _is_near(host, address):
        return False
    return not address.is_global if address else ("." not in host or host.endswith(INSIDE))
