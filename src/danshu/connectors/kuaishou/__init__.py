"""快手小店: the seller's side of the Kuaishou open platform. README.md says what is confirmed from where."""

from danshu.connectors.kuaishou.connector import CONNECTOR

__all__ = ["CONNECTOR"]
