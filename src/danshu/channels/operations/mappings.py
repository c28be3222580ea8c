"""What a person corrected about the columns of a file, remembered per shop and shape of header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from danshu.channels.models import ColumnMapping


def remember(shop_ids: Sequence[int], *, fingerprint: str, platform: str, columns: Mapping[str, str], now: datetime) -> None:
    """Keep `{column key: meaning}` for files whose header has this fingerprint; the newest word wins."""
    ColumnMapping.objects.bulk_create(
        [ColumnMapping(shop_id=pk, fingerprint=fingerprint, platform=platform, columns=dict(columns), changed_at=now) for pk in shop_ids],
        update_conflicts=True,
        unique_fields=["shop", "fingerprint"],
        update_fields=["platform", "columns", "changed_at"],
    )


def remembered(fingerprint: str) -> list[ColumnMapping]:
    """All shops' mappings for this shape of header, the newest first."""
    return list(ColumnMapping.objects.filter(fingerprint=fingerprint).order_by("-changed_at", "pk"))
