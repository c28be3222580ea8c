"""TOP's signature against the value its own document prints, and the others by the same recipe."""

import json
from pathlib import Path

import pytest

from danshu.connectors.taobao.signing import sign

PARAMS = {
    "app_key": "12345678", "fields": "num_iid,title,nick,price,num", "format": "json", "method": "taobao.item.seller.get",
    "num_iid": "11223344", "session": "test", "timestamp": "2016-01-01 12:00:00", "v": "2.0",
}  # fmt: skip
VECTORS = Path(__file__).resolve().parents[6] / "shared" / "samples" / "sign_vectors.json"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("md5", "66987CB115214E59E6EC978214934FB8"),  # printed by the platform
        ("hmac", "D56D7858309C31B6251083A874D48273"),
        ("hmac-sha256", "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8"),  # openssl dgst -sha256 -hmac
    ],
)
def test_the_printed_example(how, expected):
    assert sign(PARAMS | {"sign_method": how}, "helloworld", how) == expected


def test_empty_values_and_the_signature_itself_do_not_count():
    assert sign(PARAMS | {"sign_method": "md5", "partner_id": "", "sign": "OLD"}, "helloworld") == "66987CB115214E59E6EC978214934FB8"


@pytest.mark.skipif(not VECTORS.exists(), reason="the collected vectors do not lie beside the project")
def test_the_collected_vectors():
    found = [row for row in json.loads(VECTORS.read_text(encoding="utf-8")) if row["name"].startswith("taobao_top")]
    assert len(found) == 2
    for row in found:
        given = row["input"]
        assert sign(given["params"], given["secret"], given["params"]["sign_method"]) == row["signature"]
