"""Numbers: the dashboard, the daily order report, what to do next.

Nothing is kept twice: every figure is asked of the orders themselves, so it cannot drift and each opens the orders behind it.

Glossary: *figure* 指标 (a number of the daily report, defined once in `insights/figures.py`), *handling time* 订单处理时效
(Σ(shipped − paid) / orders, hours), *mis-ship rate* 错发漏发率, *late* 超时, *business day* 日 (cut at `DANSHU_DAY_CUT_HOUR`).
"""
