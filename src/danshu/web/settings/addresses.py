"""Addresses of this house that platforms are given."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from danshu.channels.models import ShopConnection


def callback() -> str:
    """Where a platform's authorisation page comes back to."""
    return f"{settings.PUBLIC_URL}{reverse('settings-shops-authorised')}"


def push(connection: ShopConnection) -> str:
    """Where the shop's platform calls us; nobody can guess it."""
    return f"{settings.PUBLIC_URL}/hooks/{connection.shop_id}/{connection.hook_key}/"


def is_near() -> bool:
    """Whether only this machine or its own network can reach us at the public address."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".lan")) or "." not in host
