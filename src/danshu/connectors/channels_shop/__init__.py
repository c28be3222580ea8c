"""微信小店（视频号小店）: orders, after-sales, shipping, stock and push messages of WeChat's shops. See README.md."""

from danshu.connectors.channels_shop.connector import CONNECTOR

__all__ = ["CONNECTOR"]
