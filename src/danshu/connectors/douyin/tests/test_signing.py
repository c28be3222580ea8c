"""Signatures: of calls against the example that the platform's own document prints, of pushes by the document's rule."""

from danshu.connectors.douyin.signing import event_sign, param_json, sign

SECRET = "749698a6-fcb3-4358-b241-ec1d93cf9c1f"


def test_the_documents_own_example():
    body = param_json({"size": "20", "page": "0"})
    assert body == '{"page":"0","size":"20"}'
    signed = sign("6844048284663924231", "product.list", body, "2020-07-05 22:33:59", SECRET)
    assert signed == "a84fc5747114e63196565192a19f80d9d78819b8c8f5940eeb282bf78260901d"


def test_names_are_sorted_at_every_depth_and_characters_stay_as_they_are():
    assert param_json({"b": [{"z": 1, "a": "茶<&>"}], "a": {"y": True, "x": None}}) == '{"a":{"x":null,"y":true},"b":[{"a":"茶<&>","z":1}]}'


def test_pushes_are_signed_over_the_bytes_that_came():
    assert event_sign("APPKEY", b'[{"tag":"110","msg_id":"1","data":"{}"}]', "APPSECRET") == "9cf042960af83048f15a8d6af70df335"
