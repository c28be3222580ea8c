"""演练店: a platform of our own without buyers. It takes stock numbers like a real one and can be told to misbehave like a real one."""

from danshu.connectors.sandbox.connector import CONNECTOR

__all__ = ["CONNECTOR"]
