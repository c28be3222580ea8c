"""Products: our own SKUs, bundles, and which platform item is which SKU.

Glossary: *SKU* 商品规格 (the smallest thing that is counted), *code* 商家编码 (our SKU's own code), *bundle* 组合装 (sold as one,
kept as its parts), *listing* 平台商品 (one platform item + spec), *mapping* 对码 (listing → SKU), *unmapped* 未对码, *shelf* 库位.
"""
