"""The stories of the catalogue."""

from danshu.catalogue.operations.from_listings import make_skus
from danshu.catalogue.operations.mapping import ignore_listings, map_listings, rematch, unmap_listings
from danshu.catalogue.operations.resolve import Resolved, Want, key_of, resolve
from danshu.catalogue.operations.skus import SkuDraft, save_skus, switch_skus

__all__ = [
    "Resolved", "SkuDraft", "Want", "ignore_listings", "key_of", "make_skus", "map_listings", "rematch", "resolve", "save_skus",
    "switch_skus", "unmap_listings",
]  # fmt: skip
