"""`demo`: fill an empty database with a believable seller; a filled one is left as it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from danshu.accounts.models import User
from danshu.cli.demo import found, platforms, story
from danshu.core import clock, jobs
from danshu.orders.models import Order


class Command(BaseCommand):
    help = "Open the demo: 6 shops, 200 SKUs, 60 days and 5,000 orders ending today."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo needs a database of its own. Start it with: ./danshu start --demo")
        call_command("migrate", verbosity=0, interactive=False)  # called by hand, the folder may be a new one
        if not User.objects.exists():
            story.tell(clock.now())
            jobs.drain()
            platforms.open_up(by=User.objects.order_by("pk")[0].actor)
            orders = Order.objects
            self.stdout.write(f"{orders.count()} 单，{orders.filter(shipped_at__isnull=False).count()} 单已发货。")
        self.stdout.write(
            f"演示账号 / demo accounts: {'、'.join(name for _role, name, _ in found.PEOPLE)}，密码 / password: {found.PASSWORD}"
        )
