"""Papers as PDF: 发货单 (packing slip), 拣货单 (pick list by shelf path), 送货标签 (delivery label).

Everything is pure black vector work: a thermal printer has no grey. Nothing here looks like an electronic waybill: 三段码,
大头笔 and 集包地 come only from a courier's waybill service, so no paper has a place for them.
"""
