"""Messages to what stands outside the house: for now to programs, by webhook (Standard Webhooks).

Glossary: *webhook* Webhook (an address that is told of facts), *kind* 事件 (`order.placed`; the list is `notify/kinds.py`), *delivery*
投递 (one fact for one webhook), *attempt* 尝试, *replay* 重发, *secret* 签名密钥.
"""
