"""`orders`: orders with lines and receivers as JSON lines."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from danshu.channels.models import Shop
from danshu.cli import order_lines, speech
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.orders.models import Order

TERMINAL = Actor(None, "terminal")


class Command(BaseCommand):
    help = "Print orders, one JSON object per line, oldest first. Receivers are masked unless --reveal, which is written into the book."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="JSON lines (the only format)")
        parser.add_argument("--shop", help="name of one shop")
        parser.add_argument("--since", help="placed at or after: 2026-11-01 or 2026-11-01T08:00 (Asia/Shanghai)")
        parser.add_argument("--until", help="placed before")
        parser.add_argument("--reveal", action="store_true", help="full names, phones and addresses")

    def handle(self, *_args: Any, **options: Any) -> None:
        speech.listen()
        wanted = Order.objects.all()
        if options["shop"]:
            shop = Shop.objects.filter(name=options["shop"]).first()
            if shop is None:
                names = ", ".join(Shop.objects.order_by("name").values_list("name", flat=True))
                raise CommandError(_("没有叫「%(name)s」的店铺。现有：%(names)s") % {"name": options["shop"], "names": names})
            wanted = wanted.filter(shop=shop)
        if options["since"]:
            wanted = wanted.filter(placed_at__gte=_moment(options["since"]))
        if options["until"]:
            wanted = wanted.filter(placed_at__lt=_moment(options["until"]))
        for line in order_lines.lines(wanted, reveal=options["reveal"], by=TERMINAL, now=clock.now()):
            self.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(_("看不懂时间「%s」。写成 2026-11-01 或 2026-11-01T08:00。") % text) from None
    return moment if moment.tzinfo else clock.from_platform(moment)
