"""The signature, against the example that the platform's own document prints."""

from danshu.connectors.pdd.signing import sign

PARAMS = {
    "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211", "client_id": "1", "data_type": "XML", "order_status": "1", "page": "1",
    "page_size": "10", "timestamp": "1480411125", "type": "pdd.order.number.list.get",
}  # fmt: skip


def test_the_documents_own_example():
    assert sign(PARAMS, "testSecret") == "E4DE3ED21002510DED352819E7AE6775"


def test_the_signature_itself_is_not_signed():
    assert sign(PARAMS | {"sign": "x"}, "testSecret") == sign(PARAMS, "testSecret")
