"""How many examples random tests try: as many as they say in the suite, a quarter of it under `--hypothesis-profile=quick`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SUITE, QUICK = 100, 25  # what a test tries that says nothing; the others by the same measure


def install() -> None:
    """Before pytest reads its options: they may choose the other profile."""
    # How fast examples are found says something about the machine, not about us.
    settings.register_profile("suite", max_examples=SUITE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("quick", settings.get_profile("suite"), max_examples=QUICK)
    settings.load_profile("suite")


def examples(count: int) -> int:
    """`count`, or its share in the quick run."""
    return -(-count * QUICK // SUITE) if settings.get_current_profile_name() == "quick" else count
