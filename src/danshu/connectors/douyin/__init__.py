"""抖音 (抖店): the shop's open platform. What is known from where stands in README.md."""

from danshu.connectors.douyin.connector import CONNECTOR

__all__ = ["CONNECTOR"]
