"""One stock pool. `operations.reserve` is the only code that locks; the database itself refuses what is not there.

Glossary: *on hand* 总库存, *locked* 锁定 (待付 + 已付未发), *buffer* 缓冲, *sellable* 可售 = 总库存 − 锁定 − 缓冲, *reservation* 锁定明细,
*ledger* 库存流水, *balance* 结存 (one SKU in one warehouse), *demand* 需求 (what an order line wants), *shortfall* 缺口.
Stock never learns what an order is: demands carry plain references.
"""
