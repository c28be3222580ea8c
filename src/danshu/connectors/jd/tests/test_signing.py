"""JOS's signature against the value its own guide prints."""

import json
from pathlib import Path

import pytest

from danshu.connectors.jd.signing import sign

PARAMS = {
    "360buy_param_json": '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1","page_size":"200",'
    '"start_date":null}',
    "access_token": "yourtoken",
    "app_key": "yourappkey",
    "method": "jingdong.pop.order.search",
    "timestamp": "2021-05-07 09:20:39.683+0800",
    "v": "2.0",
}
VECTORS = Path(__file__).resolve().parents[6] / "shared" / "samples" / "sign_vectors.json"


def test_the_printed_example():
    assert sign(PARAMS, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


def test_the_signature_itself_does_not_count():
    assert sign(PARAMS | {"sign": "OLD", "format": ""}, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


@pytest.mark.skipif(not VECTORS.exists(), reason="the collected vectors do not lie beside the project")
def test_the_collected_vector():
    row = next(row for row in json.loads(VECTORS.read_text(encoding="utf-8")) if row["name"] == "jd_routerjson_md5")
    assert sign(row["input"]["params"], row["input"]["app_secret"]) == row["signature"]
