"""Who asks and who calls, against values made elsewhere."""

from urllib.parse import parse_qs, urlsplit

import pytest
from woocommerce.oauth import OAuth

from danshu.connectors.woocommerce import signing

URL = "http://shop.example.com/wp-json/wc/v3/orders"


def test_basic():
    assert signing.basic("ck_1", "cs_1") == "Basic Y2tfMTpjc18x"


@pytest.mark.parametrize("query", ["", "?page=2&per_page=100", "?include=3,1,2&search=%E7%AB%B9"])
def test_oauth_is_what_woocommerces_own_client_signs(query):
    theirs = parse_qs(urlsplit(OAuth(URL + query, "ck_1", "cs_1", version="wc/v3", method="GET").get_oauth_url()).query)
    params = {name: values[0] for name, values in theirs.items() if name != "oauth_signature"}
    assert signing.signature("GET", URL, params, "cs_1") == theirs["oauth_signature"][0]


def test_oauth_names_a_time_and_never_the_secret():
    first, second = (signing.oauth("GET", URL, {"page": "1"}, "ck_1", "cs_1") for _turn in range(2))
    assert set(first) == {"oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature_method", "oauth_signature"}
    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert "cs_1" not in str(first)


def test_a_webhook_is_signed_over_its_raw_body():
    """`printf %s '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64`"""
    assert signing.webhook(b'{"id":1}', "hush") == "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="
