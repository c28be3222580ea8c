"""Orders: axes instead of one status, lines, exceptions, holds, the stories that change them.

Glossary: *order* 订单, *line* 明细, *axis* (payment 付款, fulfilment 履约, refund 退款), *exception* 异常 (stackable, beside the axes),
*hold* 挂起, *merge* 合单 (several orders, one parcel; the first is the *head*), *split* 拆单, *ship-by* 截单时间, *flag* 旗标,
*buyer message* 买家备注, *seller memo* 卖家备注, *intake* 收单, *short* 缺货, *unmapped* 未对码.
"""
