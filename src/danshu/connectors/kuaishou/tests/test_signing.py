"""Signatures and sealed messages, against values made elsewhere."""

import json
from pathlib import Path

import pytest

from danshu.connectors.kuaishou import signing

SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples" / "sign_vectors.json"
PARAMS = {
    "access_token": "xxx", "appkey": "ks123", "method": "open.order.detail", "param": '{"oid":1}',
    "timestamp": "1583271919000", "version": "1",
}  # fmt: skip


def test_the_text_to_sign_is_sorted_and_ends_with_the_sign_secret():
    text = signing.to_sign({**PARAMS, "signMethod": "MD5", "sign": "old"}, "SECRET")
    assert text == (
        'access_token=xxx&appkey=ks123&method=open.order.detail&param={"oid":1}&signMethod=MD5&timestamp=1583271919000&version=1'
        "&signSecret=SECRET"
    )


def test_md5_is_lower_hex():
    assert signing.sign({**PARAMS, "signMethod": "MD5"}, "SECRET") == "244b4a17748ae392529b2cef15b1491a"


def test_hmac_is_base64_under_the_sign_secret():
    """`printf %s 'access_token=…&signSecret=SECRET' | openssl dgst -sha256 -hmac SECRET -binary | base64`"""
    assert signing.sign({**PARAMS, "signMethod": "HMAC_SHA256"}, "SECRET") == "JPHmlEOoHp1vgcZiwf4XU9/JhXCphqPQeHW6+hkuJQE="


def test_the_vector_beside_the_project():
    if not SAMPLES.exists():
        pytest.skip("samples lie beside the project, not in it")
    [vector] = [one for one in json.loads(SAMPLES.read_text("utf-8")) if one["name"] == "kuaishou_md5"]
    assert signing.to_sign({**PARAMS, "signMethod": "MD5"}, vector["input"]["sign_secret"]) == vector["string_to_sign"]
    assert signing.sign({**PARAMS, "signMethod": "MD5"}, vector["input"]["sign_secret"]) == vector["signature"]


def test_a_message_opens_with_its_key_alone():
    """Sealed by `openssl enc -aes-128-cbc -K 000102030405060708090a0b0c0d0e0f -iv 0…0 -a`."""
    sealed = b"vftmsTE4kncTlrYRCUwCMg=="
    assert signing.open_message(sealed, "AAECAwQFBgcICQoLDA0ODw==") == b'{"test":true}'
    with pytest.raises(ValueError):
        signing.open_message(sealed, "AQECAwQFBgcICQoLDA0ODw==")


@pytest.mark.parametrize("body", [b"", b"hello", b"AAAA", b"AAAAAAAAAAAAAAAAAAAAAA==", "消息".encode()])
def test_what_was_not_sealed_does_not_open(body):
    with pytest.raises(ValueError):
        signing.open_message(body, "AAECAwQFBgcICQoLDA0ODw==")


@pytest.mark.parametrize("key", ["", "AAAA", "no base64", "密钥"])
def test_a_key_that_is_none_opens_nothing(key):
    with pytest.raises(ValueError):
        signing.open_message(signing.seal_message(b"{}", "AAECAwQFBgcICQoLDA0ODw=="), key)
