"""Addresses that a person may type, and those that would lead where nobody should look."""

from dataclasses import replace

import pytest

from danshu.channels.connector_errors import Refused
from danshu.connectors.woocommerce import sites
from danshu.connectors.woocommerce.tests.site import KEYS, SHOP


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        (" https://shop.example.com/ ", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("https://Shop.Example.com:8443/mall/", "https://shop.example.com:8443/mall"),
        ("https://商店.中国", "https://商店.中国"),
        ("https://8.8.8.8", "https://8.8.8.8"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost/shop", "http://localhost/shop"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_sites(written, base):
    assert sites.checked(written) == base


@pytest.mark.parametrize(
    "written",
    [
        "", "   ", "https://", "ftp://shop.example.com", "javascript:alert(1)", "https://key:secret@shop.example.com", "https://shop.example.com?x=1",
        "https://shop.example.com#x", "https://shop.example.com:99999", "https://exa mple.com", "https://a..b", "https://evil.com\\.example.com",
        "http://shop.example.com", "http://10.0.0.5", "http://192.168.1.2", "https://2130706433", "https://127.1", "https://0x7f000001",
        "file:///etc/passwd", "https://[::1", "https://" + "a" * 70 + ".com",
    ],
)  # fmt: skip
def test_what_is_no_site_or_not_safe_is_refused(written):
    with pytest.raises(Refused):
        sites.checked(written)


@pytest.mark.parametrize(
    "written",
    [
        "https://10.0.0.5", "https://192.168.1.2", "https://172.16.0.1", "https://100.64.0.1", "https://[fd00::1]", "https://[::ffff:10.0.0.5]",
        "https://nas", "https://shop.local", "https://db.internal", "https://router.lan",
    ],
)  # fmt: skip
def test_private_addresses_need_an_express_word(written):
    with pytest.raises(Refused) as refused:
        sites.checked(written)
    assert refused.value.code == "connector.site"
    assert sites.checked(written, allows_private=True).startswith("https://")


@pytest.mark.parametrize(
    "written", ["https://169.254.169.254", "https://[fe80::1]", "https://0.0.0.0", "https://224.0.0.1", "https://[::ffff:169.254.169.254]"]
)
def test_where_clouds_keep_their_keys_nobody_asks(written):
    with pytest.raises(Refused):
        sites.checked(written, allows_private=True)


def test_the_word_is_given_in_the_shops_access():
    inside = replace(SHOP, credentials={**KEYS, "site": "https://192.168.1.2"})
    with pytest.raises(Refused):
        sites.base(inside)
    assert sites.base(replace(inside, credentials={**inside.credentials, "allow_private": " 是 "})) == "https://192.168.1.2"


def test_the_gateway_is_the_site():
    assert sites.base(replace(SHOP, gateway="http://127.0.0.1:8099/woocommerce")) == "http://127.0.0.1:8099/woocommerce"
