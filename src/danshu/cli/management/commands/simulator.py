"""`simulator`: the platforms' open interfaces, simulated, as a program of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Serve the platforms' open interfaces, simulated, on this machine until Ctrl-C (docs/mechanisms/simulator.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8099, help="port on 127.0.0.1 (0 = a free one)")
        parser.add_argument("--data", default="", help="folder that keeps the simulated world (default: simulator/ beside our own data)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same buyers")
        parser.add_argument("--speed", type=float, default=None, help="simulated seconds in a real one (0 = time stands still)")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = options["data"] or Path(settings.MEDIA_ROOT).parent / "simulator"
        argv = [sys.executable, "-m", "danshu_simulator", "--data", str(folder)]
        argv += ["--port", str(options["port"]), "--seed", str(options["seed"])]
        argv += [] if options["speed"] is None else ["--speed", str(options["speed"])]
        sys.stdout.flush()
        os.execv(sys.executable, argv)  # noqa: S606 - our own program, without a shell
