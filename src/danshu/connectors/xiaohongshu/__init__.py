"""小红书: orders, after-sales, shipping, stock and push messages of Xiaohongshu's shops. See README.md."""

from danshu.connectors.xiaohongshu.connector import CONNECTOR

__all__ = ["CONNECTOR"]
