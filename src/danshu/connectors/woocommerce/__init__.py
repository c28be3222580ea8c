"""WooCommerce: a shop of one's own on WordPress, by its REST API v3. README.md says what is confirmed from where."""

from danshu.connectors.woocommerce.connector import CONNECTOR

__all__ = ["CONNECTOR"]
