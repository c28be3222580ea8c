"""自有店: a shop whose programs are the seller's own. They send signed messages (Standard Webhooks) that tell orders whole."""

from danshu.connectors.own.connector import CONNECTOR

__all__ = ["CONNECTOR"]
