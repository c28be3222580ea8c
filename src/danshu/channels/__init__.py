"""Shops and what comes through their doors: the intake contract, export files, credentials, batches.

Glossary: *shop* 店铺, *platform* 平台 (`channels/platforms.py`), *export file* 导出文件, *batch* 导入批次 (one file that was imported),
*mapping* 列对应 (which column means what), *reject* 退回的行 (a row that was not taken, with its reason), *merchant code* 商家编码,
*connector* 平台接入 (the adapter of one platform), *offer* 店铺可售 (what a listing shows of the stock), *push* 推送, *drift* 对不上 (the
platform shows another number than ours), *stale* 断流 (a shop that brought no orders for too long).
"""
