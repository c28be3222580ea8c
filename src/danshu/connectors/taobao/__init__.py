"""淘宝和天猫: one adapter for both, for both speak TOP (open.taobao.com). What is known and what is not: README.md beside this file."""

from danshu.connectors.taobao.connector import CONNECTOR

__all__ = ["CONNECTOR"]
