"""What rooms above know of an SKU that forbids a change here. They register a check; this room never learns who they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Check = Callable[[Collection[int]], Mapping[int, str]]  # SKU ids -> reason per SKU that has one
_BUNDLING: list[Check] = []


def before_bundling(check: Check) -> None:
    """`check` is asked before SKUs become bundles; called in `AppConfig.ready()`. Registering twice asks once."""
    if check not in _BUNDLING:
        _BUNDLING.append(check)


def against_bundling(sku_ids: Collection[int]) -> dict[int, str]:
    """Why these cannot become bundles, for those that cannot."""
    reasons: dict[int, str] = {}
    for check in _BUNDLING:
        reasons |= check(sku_ids)
    return reasons
