"""From a paid order to a parcel that left: couriers, waybill numbers, papers, scan check, shipping, files back to platforms.

Glossary: *parcel* 包裹, *waybill (number)* 运单号, *courier* 快递, *paper* 单据 (发货单 packing slip,
拣货单 pick list, 送货标签 delivery label),
*print batch* 打印批次, *reprint* 补打, *scan check* 复核, *force* 强制通过, *ship file* 平台发货文件, *template* 平台模板,
*hand-over list* 交接单, *number range* 号段.
"""
