"""The names of the figures and where each is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from bench.measure import Row

WHERE = {
    "intake_batch": "bench.intake:batch",
    "intake_single": "bench.intake:single",
    "list_first_page": "bench.pages:list_first_page",
    "board_first_page": "bench.pages:board_first_page",
    "search": "bench.pages:search",
    "labels": "bench.labels:labels",
    "import_xlsx": "bench.files:import_xlsx",
    "hot_sku": "bench.hot:hot_sku",
    "event_to_screen": "bench.live:event_to_screen",
    "commit_to_push": "bench.push:commit_to_push",
    "release_lag": "bench.mixed:release_lag",
    "intake_lag": "bench.lag:intake_lag",
    "intake_platforms": "bench.platforms:intake_platforms",
}
NAMES = tuple(WHERE)


def load(name: str) -> Callable[[list[int]], Iterator[Row]]:
    module, function = WHERE[name].split(":")
    measured: Callable[[list[int]], Iterator[Row]] = getattr(import_module(module), function)
    return measured
