"""拼多多: the open platform's merchant interfaces. What is known from where stands in README.md."""

from danshu.connectors.pdd.connector import CONNECTOR

__all__ = ["CONNECTOR"]
