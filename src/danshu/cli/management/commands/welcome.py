"""`welcome`: at the first start, the one-time link that makes the owner's account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from danshu.accounts import operations as accounts
from danshu.core import clock


class Command(BaseCommand):
    help = "Print the link with which the first owner makes an account; nothing once somebody has one."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        token = accounts.first_invite(clock.now())
        if token is None:
            return
        self.stdout.write("打开这个链接，设置老板账号（只能用一次） / Open this link to make the owner's account (works once):")
        self.stdout.write(f"  {settings.PUBLIC_URL}{reverse('people-accept', args=[token])}")
