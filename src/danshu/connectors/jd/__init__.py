"""京东: POP shops of JD, over the gateway of JOS (open.jd.com). What is known and what is not: README.md beside this file."""

from danshu.connectors.jd.connector import CONNECTOR

__all__ = ["CONNECTOR"]
